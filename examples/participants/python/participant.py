#!/usr/bin/python3
"""A wallet that serves gRPC and HTTP with the barrier. Settings: WALLET_DATABASE; optional:
WALLET_KEY_FILE, WALLET_AUTHORITY (the address that the coordinator calls).
"""
import concurrent.futures
import http.server
import json
import os
import re
import threading

import grpc
import psycopg2
from google.protobuf import any_pb2, message

import barrier
import signature
import status_pb2
import wallet_pb2

# The change of the balance and of the held amount by each method, as factors of the amount.
METHODS = {"Debit": (-1, 0), "Refund": (1, 0), "Hold": (-1, 1), "Capture": (0, -1), "Release": (1, -1)}
TABLE = """
create table if not exists wallet (account text primary key, balance bigint not null, held bigint not null default 0);
insert into wallet values ('alice', 1000) on conflict do nothing;
"""
MOVE = """
update wallet set balance = balance + %s, held = held + %s
where account = %s and balance + %s >= 0 and held + %s >= 0 returning balance
"""
CODES = {"REJECTED": (grpc.StatusCode.FAILED_PRECONDITION, 409), "IN_PROGRESS": (grpc.StatusCode.UNAVAILABLE, 503),
         "STALE_FENCE": (grpc.StatusCode.ABORTED, 409), "BARRIER_EXPIRED": (grpc.StatusCode.FAILED_PRECONDITION, 409),
         "": (grpc.StatusCode.FAILED_PRECONDITION, 422)}

MOST_CENTS, MOST_BYTES = 10**12, 1 << 16

DATABASE = os.environ["WALLET_DATABASE"]
KEY = None
if os.environ.get("WALLET_KEY_FILE"):
    with open(os.environ["WALLET_KEY_FILE"], encoding="utf-8") as file:
        KEY = file.readline().strip()


def move(method, account, cents, encode):
    """Returns the body of the business: one statement on the barrier's cursor."""
    def body(cursor):
        balance, held = (sign * cents for sign in METHODS[method])
        cursor.execute(MOVE, (balance, held, account, balance, held))
        row = cursor.fetchone()
        if row is None:
            raise barrier.rejection("INSUFFICIENT_FUNDS", f"{account} has less than {cents}")
        return encode(row[0])
    return body


def checked(account, cents):
    """Refuses values that the database would refuse or that reverse the payment. A repeated call cannot succeed."""
    if not isinstance(account, str) or not account.isprintable() or type(cents) is not int:
        raise ValueError("an amount has an account, a printable text, and cents, an integer")
    if not 0 < cents <= MOST_CENTS:
        raise ValueError(f"cents must be from 1 to {MOST_CENTS}")
    return account, cents


class Grpc(grpc.GenericRpcHandler):
    """The gRPC handler. It receives requests as bytes, because the signature covers the bytes."""
    authority = ""

    def service(self, details):
        service, _, method = details.method[1:].partition("/")
        if service != "wallet.v1.WalletService" or method not in METHODS:
            return None
        headers = dict(details.invocation_metadata)
        return grpc.unary_unary_rpc_method_handler(lambda raw, context: self.call(method, headers, raw, context))

    def call(self, method, headers, raw, context):
        path = "/wallet.v1.WalletService/" + method
        if KEY and not signature.holds(KEY, "POST", self.authority, path, headers, raw):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the signature is not valid")
        try:
            call, amount = barrier.Call(headers), wallet_pb2.Amount.FromString(raw)
            account, cents = checked(amount.account, amount.cents)
        except (ValueError, message.DecodeError) as malformed:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(malformed))
        encode = lambda cents: wallet_pb2.Balance(cents=cents).SerializeToString()
        try:
            return barrier.run(DATABASE, call, move(method, account, cents, encode))
        except psycopg2.Error:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the participant's database failed")
        except barrier.Refused as no:
            refuse(context, no)


def refuse(context, no):
    code = CODES[no.reason][0]
    status = status_pb2.Status(code=code.value[0], message=no.message)
    trailers = [("entente-settled", "true")] if no.settled else []
    if no.reason:
        info = status_pb2.ErrorInfo(reason=no.reason, domain="entente.dev", metadata={"code": no.code})
        details = any_pb2.Any(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=info.SerializeToString())
        status.details.append(details)
        trailers.append(("grpc-status-details-bin", status.SerializeToString()))
    context.set_trailing_metadata(trailers)
    context.abort(code, no.message)


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # the name that http.server requires
        length = self.headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > MOST_BYTES:
            self.close_connection = True
            return self.answer(413, b'{"message": "the body is too long"}')
        raw = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        method = self.path[1:].capitalize()
        if KEY and not signature.holds(KEY, "POST", headers.get("host", ""), self.path, headers, raw):
            return self.answer(401, b'{"message": "the signature is not valid"}')
        if method not in METHODS:
            return self.answer(404, b'{"message": "no such operation"}')
        try:
            call, amount = barrier.Call(headers), json.loads(raw)
            account, cents = checked(amount["account"], amount["cents"])
        except (ValueError, KeyError, TypeError) as malformed:
            return self.answer(400, json.dumps({"message": str(malformed)}).encode())
        encode = lambda cents: json.dumps({"cents": cents}).encode()
        try:
            answer = barrier.run(DATABASE, call, move(method, account, cents, encode))
            self.answer(200, answer or b"{}")
        except psycopg2.Error:
            self.answer(503, b'{"message": "the database failed"}')
        except barrier.Refused as no:
            said = {"reason": no.reason, "code": no.code, "message": no.message}
            body = {"entente": said} if no.reason else {"message": no.message}
            self.answer(CODES[no.reason][1], json.dumps(body).encode(), no.settled)

    def answer(self, status, body, settled=False):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if settled:
            self.send_header("entente-settled", "true")
        if status == 503:
            self.send_header("retry-after", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


def main():
    with psycopg2.connect(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute(barrier.TABLE + TABLE)
    handler = Grpc()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    # grpcio does not pass the authority to a handler; it equals the target in the coordinator's configuration
    handler.authority = os.environ.get("WALLET_AUTHORITY", f"127.0.0.1:{port}")
    server.start()
    plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Http)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    print(json.dumps({"grpc": f"127.0.0.1:{port}", "http": f"http://127.0.0.1:{plain.server_port}"}), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""caller.py COORDINATOR GID CENTS: submits a saga under this gid, with retries, and waits for its final state.

Prints the final state. Debits over gRPC (participant "wallet"), then over HTTP (participant "wallet-http").
"""
import random
import sys
import time

import grpc
from google.protobuf import duration_pb2, json_format

import wallet_pb2
from entente.v1 import plan_pb2, transaction_pb2, transaction_service_pb2 as service

AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)
PATIENCE_SECONDS = 120


def saga(gid, cents):
    amount = wallet_pb2.Amount(account="alice", cents=cents)
    over_grpc = lambda method: {"grpc": "wallet/wallet.v1.WalletService/" + method}
    over_http = lambda path: {"http": {"participant": "wallet-http", "path": path},
                              "json": {"account": "alice", "cents": cents}}
    plan = json_format.ParseDict({"gid": gid, "name": "two-debits", "saga": {"steps": [
        {"id": "first", "action": over_grpc("Debit"), "compensate": over_grpc("Refund")},
        {"id": "second", "action": over_http("/debit"), "compensate": over_http("/refund")}]}}, plan_pb2.Plan())
    for operation in (plan.saga.steps[0].action, plan.saga.steps[0].compensate):
        operation.raw = amount.SerializeToString()
    return plan


def ask(channel, method, request, answer):
    """Repeats a request until there is a response. This is safe: equal plans of one gid are one transaction."""
    call = channel.unary_unary("/entente.v1.TransactionService/" + method,
                               request_serializer=type(request).SerializeToString,
                               response_deserializer=answer.FromString)
    until, pause = time.monotonic() + PATIENCE_SECONDS, 0.1
    while True:
        try:
            return call(request, timeout=10)
        except grpc.RpcError as error:
            if error.code() not in AGAIN or time.monotonic() > until:
                raise
            print(f"asking again: {error.code().name}", file=sys.stderr, flush=True)
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(2, 2 * pause)


def main():
    target, gid, cents = sys.argv[1], sys.argv[2], int(sys.argv[3])
    channel = grpc.insecure_channel(target, [("grpc.max_reconnect_backoff_ms", 1000)])
    submit = service.SubmitTransactionRequest(plan=saga(gid, cents))
    submit.first_attempt_time.GetCurrentTime()  # set once: each retry sends the time of the first attempt
    ask(channel, "SubmitTransaction", submit, service.SubmitTransactionResponse)
    get = service.GetTransactionRequest(gid=gid, wait=duration_pb2.Duration(seconds=5))
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        seen = ask(channel, "GetTransaction", get, transaction_pb2.Transaction)
        if seen.terminal:
            print(transaction_pb2.Transaction.State.Name(seen.state), flush=True)
            return
        if seen.HasField("parked") or time.monotonic() > until:
            sys.exit(f"not finished: {seen.parked.detail or 'still running'}")


if __name__ == "__main__":
    main()

"""A participant without code of Entente. It satisfies docs/participants.md with a ledger in memory."""
import collections, itertools, json, threading, time

import grpc
from google.protobuf import any_pb2, wrappers_pb2

UNDO, COMPLETION = {"compensate", "cancel", "rollback"}, {"confirm", "commit"}


class Ledger:
    """Every call in the order of arrival, with its effect. One lock provides the participant's isolation."""

    def __init__(self):
        self.lock = threading.RLock()
        self.clock = itertools.count(1)
        self.calls = []
        self.forward, self.undone, self.completed = {}, set(), set()
        self.seen = collections.Counter()
        self.fences = collections.Counter()

    def arrive(self, metadata, op, bound):
        with self.lock:
            call = {"begin": next(self.clock), "end": None, "ok": False, "did": False, "op": op, "bound": bound,
                    "md": metadata, "gid": metadata.get("entente-gid"), "branch": metadata.get("entente-branch")}
            self.calls.append(call)
            key = (call["gid"], call["branch"], op)
            self.seen[key] += 1
            return call, self.seen[key]

    def finish(self, call, ok):
        with self.lock:
            call["ok"], call["end"] = ok, next(self.clock)


class Participant(grpc.GenericRpcHandler):
    """Serves any unary method. The request is an Any with the behaviour as JSON in its type_url."""

    def __init__(self, ledger, status):
        self.ledger, self.status = ledger, status

    def service(self, details):
        metadata = {key: value for key, value in details.invocation_metadata}
        if details.method.startswith("/entente.") or details.method.startswith("/grpc."):
            return None  # a plain service: no call stream, no health service, no reflection
        return grpc.unary_unary_rpc_method_handler(lambda raw, context: self.call(metadata, raw, context))

    def call(self, metadata, raw, context):
        request = any_pb2.Any.FromString(raw)
        behaviour = json.loads(request.type_url or "{}")
        op = metadata.get("entente-op", "")
        call, times = self.ledger.arrive(metadata, op, request.value)
        time.sleep(behaviour.get("ms", 0) / 1000)
        if times <= behaviour.get("busy", 0):
            self.refuse(context, call, grpc.StatusCode.UNAVAILABLE, "IN_PROGRESS")
        if times <= behaviour.get("flaky", 0):
            self.refuse(context, call, grpc.StatusCode.UNAVAILABLE, None)
        verdict = self.work(call, op, behaviour)
        if verdict == "no":
            self.refuse(context, call, grpc.StatusCode.FAILED_PRECONDITION, "REJECTED")
        if verdict == "stale":
            self.refuse(context, call, grpc.StatusCode.ABORTED, "STALE_FENCE")
        if verdict == "failed":
            self.refuse(context, call, grpc.StatusCode.FAILED_PRECONDITION, None)
        if times <= behaviour.get("lost", 0):
            self.refuse(context, call, grpc.StatusCode.UNAVAILABLE, None)
        self.ledger.finish(call, True)
        return wrappers_pb2.StringValue(value=call["gid"] + "/" + call["branch"]).SerializeToString()

    def work(self, call, op, behaviour):
        key = (call["gid"], call["branch"])
        with self.ledger.lock:
            fence = int(call["md"]["entente-fence"]) if call["md"].get("entente-fence-base") == "1" else 0
            if 0 < fence < self.ledger.fences[key]:
                return "stale"
            self.ledger.fences[key] = max(fence, self.ledger.fences[key])
            if op in UNDO:
                call["did"] = self.ledger.forward.get(key) == "done" and key not in self.ledger.undone
                self.ledger.undone.add(key)
                return "ok"
            if op in COMPLETION:
                call["did"] = self.ledger.forward.get(key) == "done" and key not in self.ledger.completed
                self.ledger.completed.add(key)
                return "ok" if self.ledger.forward.get(key) == "done" else "failed"
            if key in self.ledger.undone:
                return "no"
            if key not in self.ledger.forward:
                self.ledger.forward[key] = behaviour.get("verdict", "done")
                call["did"] = self.ledger.forward[key] == "done"
            return {"done": "ok"}.get(self.ledger.forward[key], self.ledger.forward[key])

    def refuse(self, context, call, code, reason):
        self.ledger.finish(call, False)
        status = self.status.Status(code=code.value[0], message="as the plan requires")
        if reason:
            info = self.status.ErrorInfo(reason=reason, domain="entente.dev")
            status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=info.SerializeToString())
        trailers = [("grpc-status-details-bin", status.SerializeToString())]
        if reason == "REJECTED":
            trailers.append(("entente-settled", "true"))
        context.set_trailing_metadata(trailers)
        context.abort(code, "as the plan requires")

"""The coordinator's process, and a client that calls the coordinator with method names and messages only."""
import glob, importlib, json, os, signal, subprocess, sys, tempfile, threading, time

import grpc

STATUS_PROTO = """syntax = "proto3"; package foreign; import "google/protobuf/any.proto";
message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
message ErrorInfo { string reason = 1; string domain = 2; }"""


def load_protos(source):
    """Compiles Entente's protos, and the two protos of google.rpc that a response needs, with Debian's protoc."""
    out = tempfile.mkdtemp(prefix="foreign-")
    with open(os.path.join(out, "foreign_status.proto"), "w", encoding="utf-8") as file:
        file.write(STATUS_PROTO)
    files = glob.glob(os.path.join(source, "entente/v1/*.proto"))
    subprocess.run(["protoc", "-I", source, "-I", out, "--python_out", out, *files,
                    os.path.join(out, "foreign_status.proto")], check=True)
    sys.path.insert(0, out)
    names = ("entente.v1.plan", "entente.v1.transaction", "entente.v1.transaction_service", "foreign_status")
    return [importlib.import_module(name + "_pb2") for name in names]


class Coordinator:
    """The built jar as a process, which is killed and restarted on the ports of its first start."""

    def __init__(self, options, target):
        self.options, self.target, self.ports, self.process = options, target, (0, 0), None

    def start(self):
        config = os.path.join(self.options.folder, "foreign.yaml")
        values = {"node": "foreign", "grpc.port": self.ports[0], "http.port": self.ports[1], "database.migrate": "true",
                  "database.url": self.options.jdbc_url, "participants.foreign.target": self.target}
        with open(config, "w", encoding="utf-8") as file:
            file.writelines(f'{key}: "{value}"\n' for key, value in values.items())
        log = open(os.path.join(self.options.folder, "foreign.log"), "ab")
        self.process = subprocess.Popen(
            [self.options.java, "-XX:+UseSerialGC", "-Xmx512m", "-jar", self.options.jar, "server", "--config", config,
             "--json"], stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the coordinator exited before it was ready: " + log.name)
        ready = json.loads(line)
        threading.Thread(target=lambda: log.write(self.process.stdout.read()), daemon=True).start()
        self.ports = tuple(int(ready[door].rsplit(":", 1)[1]) for door in ("grpc", "http"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Client:
    """Calls the coordinator with method names and messages only. Repeats calls without a response."""

    def __init__(self, port, service, patience):
        options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
        self.service, self.patience = service, patience

    def ask(self, method, request, answer):
        until = time.monotonic() + self.patience
        call = self.channel.unary_unary("/entente.v1.TransactionService/" + method,
                                        request_serializer=type(request).SerializeToString,
                                        response_deserializer=getattr(*answer).FromString)
        while True:
            try:
                return call(request, timeout=10)
            except grpc.RpcError as error:
                again = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED,
                         grpc.StatusCode.RESOURCE_EXHAUSTED)
                if error.code() not in again or time.monotonic() > until:
                    raise
                time.sleep(0.2)

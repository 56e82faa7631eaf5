// caller.js COORDINATOR GID CENTS: submits a saga under this gid, with retries, and waits for its final state.
// Prints the final state. Debits over gRPC (participant "wallet"), then over HTTP (participant "wallet-http").
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const PROTOS = path.join(__dirname, "../../../proto/src/main/protobuf");
const AGAIN = [grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.RESOURCE_EXHAUSTED];
const PATIENCE_MILLIS = 120_000;
const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: false };

const wallet = loader.loadSync("wallet.proto", { includeDirs: [path.join(__dirname, "..")] });
const api = grpc.loadPackageDefinition(
  loader.loadSync("entente/v1/transaction_service.proto", { ...OPTIONS, includeDirs: [PROTOS] }));

const pause = (millis) => new Promise((over) => setTimeout(over, millis));

function saga(gid, cents) {
  const amount = wallet["wallet.v1.WalletService"].Debit.requestSerialize({ account: "alice", cents });
  const json = Buffer.from(JSON.stringify({ account: "alice", cents }));
  const overGrpc = (method) => ({ grpc: "wallet/wallet.v1.WalletService/" + method, raw: amount });
  const overHttp = (where) => ({ http: { participant: "wallet-http", path: where }, raw: json });
  return { gid, name: "two-debits", saga: { steps: [
    { id: "first", action: overGrpc("Debit"), compensate: overGrpc("Refund") },
    { id: "second", action: overHttp("/debit"), compensate: overHttp("/refund") }] } };
}

/** Repeats a request until there is a response. This is safe: equal plans of one gid are one transaction. */
async function ask(client, method, request) {
  const until = Date.now() + PATIENCE_MILLIS;
  for (let longest = 100; ; longest = Math.min(2000, 2 * longest)) {
    try {
      return await new Promise((answered, failed) => client[method](
        request, { deadline: Date.now() + 10_000 },
        (failure, answer) => (failure ? failed(failure) : answered(answer))));
    } catch (failure) {
      if (!AGAIN.includes(failure.code) || Date.now() > until) {
        throw failure;
      }
      console.error(`asking again: ${grpc.status[failure.code]}`);
      await pause(longest * (0.5 + Math.random() / 2));
    }
  }
}

async function main() {
  const [target, gid, cents] = process.argv.slice(2);
  const client = new api.entente.v1.TransactionService(
    target, grpc.credentials.createInsecure(), { "grpc.max_reconnect_backoff_ms": 1000 });
  const first = { seconds: Math.floor(Date.now() / 1000) }; // set once: each retry sends the time of the first attempt
  await ask(client, "SubmitTransaction", { plan: saga(gid, Number(cents)), first_attempt_time: first });
  const until = Date.now() + PATIENCE_MILLIS;
  for (;;) {
    const seen = await ask(client, "GetTransaction", { gid, wait: { seconds: 5 } });
    if (seen.terminal) {
      console.log(seen.state);
      client.close();
      return;
    }
    if (seen.parked || Date.now() > until) {
      throw new Error(`not finished: ${seen.parked ? seen.parked.detail : "still running"}`);
    }
  }
}

main().catch((failure) => {
  console.error(failure.message);
  process.exit(1);
});

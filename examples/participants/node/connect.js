// connect.js COORDINATOR_URL GID CENTS: like caller.js, but with JSON over HTTP and Connect's client. Submits only unknown
// gids. Sends ENTENTE_TOKEN as a bearer token. Prints the gid's state or error before the submit, and the final state.
const fs = require("node:fs");
const path = require("node:path");
const { createFileRegistry, fromBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");
const { Code, ConnectError, createClient } = require("@connectrpc/connect");
const { createConnectTransport } = require("@connectrpc/connect-node");

const PATIENCE_MILLIS = 120_000;

// The descriptors that build.sh made from the protos. `protoc-gen-es` would generate code instead.
const api = createFileRegistry(fromBinary(
  FileDescriptorSetSchema, fs.readFileSync(path.join(process.env.NODE_PATH, "../api.binpb"))));
const ErrorInfo = api.getMessage("google.rpc.ErrorInfo");
const State = api.getEnum("entente.v1.Transaction.State");

function saga(gid, cents) {
  const raw = Buffer.from(JSON.stringify({ account: "alice", cents }));
  const call = (where) => ({
    to: { case: "http", value: { participant: "wallet-http", path: where } }, body: { case: "raw", value: raw } });
  return { gid, name: "one-debit", pattern: { case: "saga", value: { steps: [
    { id: "only", action: call("/debit"), compensate: call("/refund") }] } } };
}

/** Returns the name of a transaction's state, or the error code if the transaction does not exist. */
async function known(client, gid) {
  try {
    return State.value[(await client.getTransaction({ gid })).state].name;
  } catch (failure) {
    const error = ConnectError.from(failure);
    const [info] = error.findDetails(ErrorInfo);
    if (error.code !== Code.NotFound || !info) {
      throw error;
    }
    return info.reason;
  }
}

async function main() {
  const [baseUrl, gid, cents] = process.argv.slice(2);
  const token = process.env.ENTENTE_TOKEN;
  const transport = createConnectTransport({
    baseUrl, httpVersion: "1.1", useBinaryFormat: false, defaultTimeoutMs: 20_000,
    interceptors: [(next) => (request) => {
      if (token) {
        request.header.set("authorization", "Bearer " + token);
      }
      return next(request);
    }] });
  const client = createClient(api.getService("entente.v1.TransactionService"), transport);
  const before = await known(client, gid);
  if (before === "ENT-030") {
    await client.submitTransaction({ plan: saga(gid, Number(cents)) });
  }
  const until = Date.now() + PATIENCE_MILLIS;
  for (;;) {
    const seen = await client.getTransaction({ gid, wait: { seconds: 5n } });
    if (seen.terminal) {
      console.log(`${before} ${State.value[seen.state].name}`);
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

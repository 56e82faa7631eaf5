// A wallet that serves gRPC and HTTP with the barrier. Settings: WALLET_DATABASE, WALLET_KEY_FILE (optional).
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const pg = require("pg");
const barrier = require("./barrier.js");
const signature = require("./signature.js");

// The change of the balance and of the held amount by each method, as factors of the amount.
const METHODS = { Debit: [-1, 0], Refund: [1, 0], Hold: [-1, 1], Capture: [0, -1], Release: [1, -1] };
const TABLE = `
create table if not exists wallet (account text primary key, balance bigint not null, held bigint not null default 0);
insert into wallet values ('alice', 1000) on conflict do nothing;
`;
const MOVE = `
update wallet set balance = balance + $1, held = held + $2
where account = $3 and balance + $1 >= 0 and held + $2 >= 0 returning balance`;
const CODES = {
  REJECTED: [grpc.status.FAILED_PRECONDITION, 409], IN_PROGRESS: [grpc.status.UNAVAILABLE, 503],
  STALE_FENCE: [grpc.status.ABORTED, 409], BARRIER_EXPIRED: [grpc.status.FAILED_PRECONDITION, 409],
  "": [grpc.status.FAILED_PRECONDITION, 422] };
const MOST_CENTS = 10 ** 12;
const MOST_BYTES = 1 << 16;

const DATABASE = process.env.WALLET_DATABASE;
const KEY = process.env.WALLET_KEY_FILE && fs.readFileSync(process.env.WALLET_KEY_FILE, "utf8").split("\n")[0].trim();

const PROTOS = loader.loadSync(["wallet.proto", "status.proto"], {
  includeDirs: [path.join(__dirname, "..")], longs: Number, keepCase: true, defaults: true });
const SERVICE = PROTOS["wallet.v1.WalletService"];
const STATUS = PROTOS["google.rpc.Status"];
const ERROR_INFO = PROTOS["google.rpc.ErrorInfo"];

/** Returns the body of the business operation: one statement on the barrier's connection. */
function move(method, { account, cents }, encode) {
  return async (client) => {
    const [balance, held] = METHODS[method].map((sign) => sign * cents);
    const moved = await client.query(MOVE, [balance, held, account]);
    if (moved.rowCount === 0) {
      throw barrier.rejection("INSUFFICIENT_FUNDS", `${account} has less than ${cents}`);
    }
    return encode(Number(moved.rows[0].balance));
  };
}

/** Refuses values that the database would refuse or that reverse the payment. A repeated call cannot succeed. */
function checked(amount) {
  const { account, cents } = amount ?? {};
  if (typeof account !== "string" || !/^\P{C}*$/u.test(account) || !Number.isSafeInteger(cents)) {
    throw new barrier.Malformed("an amount has an account, a printable text, and cents, an integer");
  }
  if (cents <= 0 || cents > MOST_CENTS) {
    throw new barrier.Malformed(`cents must be from 1 to ${MOST_CENTS}`);
  }
  return { account, cents };
}

// ---- gRPC; handlers receive requests as bytes, because the signature covers the bytes

const bytes = (same) => same;

function handler(method) {
  return (call, callback) => {
    called(method, call).then((answer) => callback(null, answer), (failure) => callback(status(failure)));
  };
}

async function called(method, call) {
  const headers = call.metadata.getMap();
  const raw = call.request;
  if (KEY && !signature.holds(KEY, "POST", call.getHost(), "/wallet.v1.WalletService/" + method, headers, raw)) {
    throw Object.assign(new Error("the signature is not valid"), { grpc: grpc.status.UNAUTHENTICATED });
  }
  const branch = barrier.callOf(headers);
  const encode = (cents) => SERVICE[method].responseSerialize({ cents });
  return barrier.run(DATABASE, branch, move(method, checked(decoded(method, raw)), encode));
}

function decoded(method, raw) {
  try {
    return SERVICE[method].requestDeserialize(raw);
  } catch (unreadable) {
    throw new barrier.Malformed(unreadable.message);
  }
}

function status(failure) {
  if (failure instanceof barrier.Malformed) {
    return { code: grpc.status.INVALID_ARGUMENT, details: failure.message };
  }
  if (!(failure instanceof barrier.Refused)) {
    return failure.grpc
      ? { code: failure.grpc, details: failure.message }
      : { code: grpc.status.UNAVAILABLE, details: "the participant's database failed" };
  }
  const [code] = CODES[failure.reason];
  const metadata = new grpc.Metadata();
  if (failure.settled) {
    metadata.set("entente-settled", "true");
  }
  if (failure.reason) {
    const value = encoded(ERROR_INFO, {
      reason: failure.reason, domain: "entente.dev", metadata: { code: failure.code ?? "" } });
    const details = [{ type_url: "type.googleapis.com/google.rpc.ErrorInfo", value }];
    metadata.set("grpc-status-details-bin", encoded(STATUS, { code, message: failure.message, details }));
  }
  return { code, details: failure.message, metadata };
}

const encoded = (type, message) => type.serialize(message);

// ---- HTTP

async function served(request, response) {
  const length = request.headers["content-length"] ?? "0";
  if (!/^[0-9]{1,9}$/.test(length) || Number(length) > MOST_BYTES) {
    response.setHeader("connection", "close");
    return answer(response, 413, { message: "the body is too long" });
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) {
      response.setHeader("connection", "close");
      return answer(response, 413, { message: "the body is too long" });
    }
    chunks.push(chunk);
  }
  const raw = Buffer.concat(chunks);
  const { headers, url } = request;
  if (KEY && !signature.holds(KEY, request.method, headers.host ?? "", url, headers, raw)) {
    return answer(response, 401, { message: "the signature is not valid" });
  }
  const method = url.charAt(1).toUpperCase() + url.slice(2);
  if (request.method !== "POST" || !Object.hasOwn(METHODS, method)) {
    return answer(response, 404, { message: "no such operation" });
  }
  try {
    const branch = barrier.callOf(headers);
    const encode = (cents) => Buffer.from(JSON.stringify({ cents }));
    const stored = await barrier.run(DATABASE, branch, move(method, checked(parsed(raw)), encode));
    return answer(response, 200, stored.length === 0 ? Buffer.from("{}") : stored);
  } catch (failure) {
    return refused(response, failure);
  }
}

function parsed(raw) {
  try {
    return JSON.parse(raw.toString("utf8"));
  } catch (unreadable) {
    throw new barrier.Malformed(unreadable.message);
  }
}

function refused(response, failure) {
  const { message, reason, code } = failure;
  if (failure instanceof barrier.Malformed) {
    return answer(response, 400, { message });
  }
  if (!(failure instanceof barrier.Refused)) {
    return answer(response, 503, { message: "the database failed" });
  }
  if (failure.settled) {
    response.setHeader("entente-settled", "true");
  }
  return answer(response, CODES[reason][1], reason ? { entente: { reason, code, message } } : { message });
}

function answer(response, code, body) {
  const sent = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  if (code === 503) {
    response.setHeader("retry-after", "1");
  }
  response.writeHead(code, { "content-type": "application/json", "content-length": sent.length });
  response.end(sent);
}

// ---- start

async function main() {
  const database = new pg.Client({ connectionString: DATABASE });
  await database.connect();
  await database.query(barrier.TABLE + TABLE);
  await database.end();

  const server = new grpc.Server();
  const methods = Object.keys(METHODS);
  server.addService(
    Object.fromEntries(methods.map((method) => [method, {
      ...SERVICE[method], requestDeserialize: bytes, responseSerialize: bytes }])),
    Object.fromEntries(methods.map((method) => [method, handler(method)])));
  const port = await new Promise((bound, failed) => server.bindAsync(
    "127.0.0.1:0", grpc.ServerCredentials.createInsecure(),
    (failure, found) => (failure ? failed(failure) : bound(found))));

  const plain = http.createServer((request, response) => {
    served(request, response).catch(() => response.destroy());
  });
  // Answers requests that Node's own parser refuses, such as one with an invalid length.
  plain.on("clientError", (_, socket) => socket.end("HTTP/1.1 413 Content Too Large\r\nconnection: close\r\n\r\n"));
  await new Promise((listening) => plain.listen(0, "127.0.0.1", listening));
  console.log(JSON.stringify({ grpc: `127.0.0.1:${port}`, http: `http://127.0.0.1:${plain.address().port}` }));
}

main().catch((failure) => {
  console.error(failure);
  process.exitCode = 1;
});

// The barrier of docs/barrier-in-other-languages.md for PostgreSQL. The step numbers are from that page.
const pg = require("pg");

const FORWARD = {
  action: "action", compensate: "action", try: "try", confirm: "try", cancel: "try", prepare: "prepare",
  pre_commit: "prepare", commit: "prepare", rollback: "prepare", deliver: "deliver" };
const UNDOS = ["compensate", "cancel", "rollback"];
const RETENTION_MILLIS = 30 * 24 * 3600 * 1000;
const WAIT = "1s";
const LOCK_TIMEOUT = "55P03";
const LOST_RACE = ["40P01", "40001"];

const TABLE = `
create table if not exists entente_barrier (
  gid text not null, branch text not null, op text not null,
  verdict text not null check (verdict in ('done', 'undone', 'rejected')),
  fence bigint not null, fence_base smallint not null default 0,
  response bytea, http_status integer, http_headers text, tried text, reject_code text, reject_message text,
  created_at timestamptz not null default now(),
  primary key (gid, branch, op));
create index if not exists entente_barrier_created_at on entente_barrier (created_at);
`;
const INSERT = `
insert into entente_barrier (gid, branch, op, verdict, fence, fence_base) values ($1, $2, $3, $4, $5, $6)
on conflict (gid, branch, op) do nothing`;
const SELECT = `
select op, verdict, fence, fence_base, response, reject_code, reject_message
from entente_barrier where gid = $1 and branch = $2`;
const KEY = " where gid = $1 and branch = $2 and op = $3";
const STORE = "update entente_barrier set response = $4" + KEY;
const REJECT = "update entente_barrier set verdict = 'rejected', reject_code = $4, reject_message = $5" + KEY;
const RAISE = "update entente_barrier set fence = $4, fence_base = $5" + KEY + " and fence < $4 and fence_base <= $5";

/** A refusal. The reason is one of docs/participants.md, or empty for FAILED_PRECONDITION without a promise. */
class Refused extends Error {
  constructor(reason, message, code = "", settled = false) {
    super(message);
    Object.assign(this, { reason, code, settled });
  }
}

/** Returns the error that a body throws to refuse for a business reason. */
const rejection = (code, message) => new Refused("REJECTED", message, code);

/** A call without an operation of Entente, or with a malformed value. A repeated call cannot succeed. */
class Malformed extends Error {}

/** Returns the called operation and its branch, from the metadata or headers. */
function callOf(headers) {
  const [gid, branch, op] = ["gid", "branch", "op"].map((name) => headers["entente-" + name] ?? "");
  if (!gid || !branch || !Object.hasOwn(FORWARD, op)) {
    throw new Malformed("entente-gid, entente-branch or entente-op is missing or unknown");
  }
  const [fence, base] = ["fence", "fence-base"].map((name) => headers["entente-" + name] || "0");
  if (!/^[0-9]{1,19}$/.test(fence) || BigInt(fence) >= 1n << 63n || !/^[0-9]{1,5}$/.test(base) || base >= 1 << 15) {
    throw new Malformed("the call's fence is not valid");
  }
  const created = headers["entente-created"];
  if (created && (!/(Z|[+-]\d\d:\d\d)$/.test(created) || Number.isNaN(Date.parse(created)))) {
    throw new Malformed("the call's time is not a time with a zone");
  }
  return { gid, branch, op, fence: BigInt(fence), base: Number(base), created: created && Date.parse(created) };
}

/** Runs body(client) in one transaction with the row. The body returns the answer's bytes or throws rejection(…). */
async function run(url, call, body) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // the next statement reports a broken connection
  await client.connect();
  try {
    await client.query("begin");
    const answer = await passed(client, call, body);
    const ended = await client.query("commit");
    if (ended.command !== "COMMIT") { // the body ignored a failed statement, so nothing is stored
      throw new Error("the transaction was rolled back");
    }
    if (answer instanceof Refused) {
      throw answer;
    }
    return answer;
  } catch (failure) {
    if (LOST_RACE.includes(failure.code)) {
      throw new Refused("IN_PROGRESS", "rolled back because of a concurrent transaction");
    }
    throw failure;
  } finally {
    await client.end(); // rolls back if there was no commit
  }
}

/** Executes the steps. A returned Refused is committed with its row; a thrown one rolls back everything. */
async function passed(client, call, body) {
  const forwardOp = FORWARD[call.op];
  let forwardClaimed = false;
  let ownClaimed;
  const usual = (await client.query("select current_setting('lock_timeout') as usual")).rows[0].usual;
  await client.query("select set_config('lock_timeout', $1, true)", [WAIT]); // 1.
  try {
    if (call.op !== forwardOp) {
      forwardClaimed = await insert(client, call, forwardOp, "undone"); // 2.
    }
    ownClaimed = await insert(client, call, call.op, "done"); // 3.
  } catch (failure) {
    throw failure.code === LOCK_TIMEOUT
      ? new Refused("IN_PROGRESS", "another call of the branch is still running") : failure;
  }
  await client.query("select set_config('lock_timeout', $1, true)", [usual]);
  const found = (await client.query(SELECT, [call.gid, call.branch])).rows; // 4.
  const rows = Object.fromEntries(found.map((row) => [row.op, row]));
  if (call.fence > 0n && found.some((row) => call.fence < BigInt(row.fence) && call.base === row.fence_base)) {
    throw new Refused("STALE_FENCE", "a later coordinator has called");
  }
  if (!rows[call.op] || !rows[forwardOp]) {
    throw new Refused("IN_PROGRESS", "another call of the branch is not visible yet");
  }
  if (!ownClaimed) {
    return again(client, call, rows[call.op]); // 5.
  }
  const isExpired = call.created && call.created < Date.now() - RETENTION_MILLIS / 2;
  if ((forwardClaimed || call.op === forwardOp) && isExpired) {
    throw new Refused("BARRIER_EXPIRED", "the transaction is too old, and no row shows an earlier call"); // 6.
  }
  if (call.op !== forwardOp && rows[forwardOp].verdict !== "done") { // 7.
    if (!UNDOS.includes(call.op)) {
      throw new Refused("", "the forward call was never done here");
    }
    return stored(client, call, Buffer.alloc(0));
  }
  return done(client, call, body); // 8.
}

async function insert(client, call, op, verdict) {
  const claim = await client.query(INSERT, [call.gid, call.branch, op, verdict, call.fence, call.base]);
  return claim.rowCount === 1;
}

const key = (call) => [call.gid, call.branch, call.op];

async function again(client, call, row) {
  await client.query(RAISE, [...key(call), call.fence, call.base]);
  if (row.verdict === "done") {
    if (row.response === null) {
      throw new Error("a body ended the transaction and stored no response: check its effect manually");
    }
    return row.response;
  }
  return row.verdict === "rejected"
    ? new Refused("REJECTED", row.reject_message, row.reject_code, true)
    : new Refused("REJECTED", "the call arrived after its undo", "ALREADY_UNDONE", true);
}

async function done(client, call, body) {
  await client.query("savepoint entente_barrier");
  try {
    return await stored(client, call, await body(client));
  } catch (no) {
    if (!(no instanceof Refused) || no.reason !== "REJECTED" || call.op !== FORWARD[call.op]) {
      throw no; // a refused completion or undo stores nothing, because the coordinator repeats it
    }
    await client.query("rollback to savepoint entente_barrier");
    await client.query(REJECT, [...key(call), no.code, no.message]);
    return new Refused("REJECTED", no.message, no.code, true);
  }
}

async function stored(client, call, answer) {
  if ((await client.query(STORE, [...key(call), answer])).rowCount !== 1) {
    throw new Error("the body ended the transaction");
  }
  return answer;
}

module.exports = { TABLE, Refused, Malformed, callOf, rejection, run };

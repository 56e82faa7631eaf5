"""The barrier of docs/barrier-in-other-languages.md for PostgreSQL. The step numbers are from that page."""
import datetime
import re

import psycopg2
from psycopg2 import errors

FORWARD = {"action": "action", "compensate": "action", "try": "try", "confirm": "try", "cancel": "try",
           "prepare": "prepare", "pre_commit": "prepare", "commit": "prepare", "rollback": "prepare",
           "deliver": "deliver"}
UNDOS = {"compensate", "cancel", "rollback"}
RETENTION = datetime.timedelta(days=30)
WAIT = "1s"

TABLE = """
create table if not exists entente_barrier (
  gid text not null, branch text not null, op text not null,
  verdict text not null check (verdict in ('done', 'undone', 'rejected')),
  fence bigint not null, fence_base smallint not null default 0,
  response bytea, http_status integer, http_headers text, tried text, reject_code text, reject_message text,
  created_at timestamptz not null default now(),
  primary key (gid, branch, op));
create index if not exists entente_barrier_created_at on entente_barrier (created_at);
"""
INSERT = """
insert into entente_barrier (gid, branch, op, verdict, fence, fence_base) values (%s, %s, %s, %s, %s, %s)
on conflict (gid, branch, op) do nothing
"""
SELECT = """
select op, verdict, fence, fence_base, response, reject_code, reject_message
from entente_barrier where gid = %s and branch = %s
"""
KEY = " where gid = %s and branch = %s and op = %s"
STORE = "update entente_barrier set response = %s" + KEY
REJECT = "update entente_barrier set verdict = 'rejected', reject_code = %s, reject_message = %s" + KEY
RAISE = "update entente_barrier set fence = %s, fence_base = %s" + KEY + " and fence < %s and fence_base <= %s"


class Refused(Exception):
    """A refusal. The reason is one of docs/participants.md, or empty for FAILED_PRECONDITION without a promise."""

    def __init__(self, reason, message, code="", settled=False):
        super().__init__(message)
        self.reason, self.message, self.code, self.settled = reason, message, code, settled


def rejection(code, message):
    """Returns the error that a body raises to refuse for a business reason."""
    return Refused("REJECTED", message, code)


class Call:
    """The called operation and its branch, from the metadata or headers."""

    def __init__(self, headers):
        self.gid, self.branch, self.op = (headers.get("entente-" + name, "") for name in ("gid", "branch", "op"))
        if not self.gid or not self.branch or self.op not in FORWARD:
            raise ValueError("entente-gid, entente-branch or entente-op is missing or unknown")
        self.fence = int(headers.get("entente-fence") or 0)
        self.base = int(headers.get("entente-fence-base") or 0)
        if not (0 <= self.fence < 1 << 63 and 0 <= self.base < 1 << 15):
            raise ValueError("the call's fence is not valid")
        created = headers.get("entente-created")
        self.created = created and time_of(created)

    def key(self, op=None):
        return (self.gid, self.branch, op or self.op)

    def is_expired(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        return bool(self.created) and self.created < now - RETENTION / 2


def time_of(text):
    """Reads a time of RFC 3339. Python 3.11's own parser accepts at most six digits of a second."""
    short = re.sub(r"(\.\d{6})\d+", r"\1", text)
    time = datetime.datetime.fromisoformat(short.replace("Z", "+00:00"))
    if time.tzinfo is None:
        raise ValueError("the call's time has no zone")
    return time


def run(url, call, body):
    """Runs body(cursor) in one transaction with the row. Body returns the answer's bytes or raises rejection(...)."""
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            answer = _passed(cursor, call, body)
        connection.commit()
    except (errors.DeadlockDetected, errors.SerializationFailure) as lost:
        raise Refused("IN_PROGRESS", "rolled back because of a concurrent transaction") from lost
    finally:
        connection.close()  # rolls back if there was no commit
    if isinstance(answer, Refused):
        raise answer
    return answer


def _passed(cursor, call, body):
    """Executes the steps. A returned Refused is committed with its row; a raised one rolls back everything."""
    forward_op, forward_claimed = FORWARD[call.op], False
    cursor.execute("select current_setting('lock_timeout')")
    usual = cursor.fetchone()[0]
    cursor.execute("select set_config('lock_timeout', %s, true)", (WAIT,))  # 1.
    try:
        if call.op != forward_op:
            forward_claimed = _insert(cursor, call, forward_op, "undone")  # 2.
        own_claimed = _insert(cursor, call, call.op, "done")  # 3.
    except errors.LockNotAvailable as busy:
        raise Refused("IN_PROGRESS", "another call of the branch is still running") from busy
    cursor.execute("select set_config('lock_timeout', %s, true)", (usual,))
    cursor.execute(SELECT, (call.gid, call.branch))  # 4.
    rows = {row[0]: row for row in cursor.fetchall()}
    if any(0 < call.fence < row[2] and call.base == row[3] for row in rows.values()):
        raise Refused("STALE_FENCE", "a later coordinator has called")
    if call.op not in rows or forward_op not in rows:
        raise Refused("IN_PROGRESS", "another call of the branch is not visible yet")
    if not own_claimed:
        return _again(cursor, call, rows[call.op])  # 5.
    if (forward_claimed or call.op == forward_op) and call.is_expired():
        raise Refused("BARRIER_EXPIRED", "the transaction is too old, and no row shows an earlier call")  # 6.
    if call.op != forward_op and rows[forward_op][1] != "done":  # 7.
        if call.op not in UNDOS:
            raise Refused("", "the forward call was never done here")
        return _stored(cursor, call, b"")
    return _done(cursor, call, body)  # 8.


def _insert(cursor, call, op, verdict):
    cursor.execute(INSERT, (*call.key(op), verdict, call.fence, call.base))
    return cursor.rowcount == 1


def _again(cursor, call, row):
    _, verdict, _, _, response, code, message = row
    cursor.execute(RAISE, (call.fence, call.base, *call.key(), call.fence, call.base))
    if verdict == "done":
        if response is None:
            raise RuntimeError("a body ended the transaction and stored no response: check its effect manually")
        return bytes(response)
    if verdict == "rejected":
        return Refused("REJECTED", message, code, settled=True)
    return Refused("REJECTED", "the call arrived after its undo", "ALREADY_UNDONE", settled=True)


def _done(cursor, call, body):
    cursor.execute("savepoint entente_barrier")
    try:
        return _stored(cursor, call, body(cursor))
    except Refused as no:
        if no.reason != "REJECTED" or call.op != FORWARD[call.op]:
            raise  # a refused completion or undo stores nothing, because the coordinator repeats it
        cursor.execute("rollback to savepoint entente_barrier")
        cursor.execute(REJECT, (no.code, no.message, *call.key()))
        return Refused("REJECTED", no.message, no.code, settled=True)


def _stored(cursor, call, answer):
    cursor.execute(STORE, (answer, *call.key()))
    if cursor.rowcount != 1:
        raise RuntimeError("the body ended the transaction")
    return answer

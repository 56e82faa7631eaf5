#!/usr/bin/python3
"""A participant and a client in another language, with no code of Entente except its protos.

Starts a participant and a coordinator, submits random plans, kills the coordinator with -9 repeatedly, and checks
the participant's own ledger against docs/patterns/rules.md. Prints one line of JSON; exits 1 if a rule is broken.
Needs Debian's python3-grpcio, python3-protobuf, protobuf-compiler and libprotobuf-dev.
"""
import argparse, collections, concurrent.futures, json, sys, time

import grpc

from client import Client, Coordinator, load_protos
from judge import Judge
from participant import Ledger, Participant
from plans import Work


def await_end(work, gid, patience):
    until = time.monotonic() + patience
    while True:
        seen = work.get(gid, wait=5)
        is_parked = seen.HasField("parked")
        if seen.terminal or is_parked or time.monotonic() > until:
            state = work.transaction.Transaction.State.Name(seen.state)
            return f"{state}, parked: {seen.parked.detail}" if is_parked else state


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("jar", "java", "jdbc-url", "folder", "protos"):
        parser.add_argument("--" + name, required=True)
    for name, default in (("seed", 1), ("transactions", 150), ("kills", 3), ("patience", 240)):
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    modules, ledger = load_protos(options.protos), Ledger()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(64), handlers=[Participant(ledger, modules[3])])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    coordinator = Coordinator(options, f"127.0.0.1:{port}")
    coordinator.start()
    try:
        report = play(options, modules, ledger, coordinator)
    finally:
        coordinator.kill()
        server.stop(None)
    print(json.dumps(report), flush=True)
    sys.exit(1 if report["faults"] else 0)


def play(options, modules, ledger, coordinator):
    client = Client(coordinator.ports[0], modules[2], options.patience)
    work = Work(options.seed, modules, client)
    gids = [f"foreign-{options.seed}-{i}" for i in range(options.transactions)]
    runs = [work.submit(gid) for gid in gids]
    kills = []
    with concurrent.futures.ThreadPoolExecutor(24) as threads:
        futures = [threads.submit(run) for run in runs]
        for kill in range(options.kills):
            # kills in the middle of the work, by the number of calls so far
            goal = len(ledger.calls) + options.transactions // 2
            until = time.monotonic() + 20
            while len(ledger.calls) < goal and time.monotonic() < until:
                time.sleep(0.02)
            coordinator.kill()
            kills.append(len(ledger.calls))
            coordinator.start()
        for future in futures:
            future.result()
        ends = dict(zip(gids, threads.map(lambda gid: await_end(work, gid, options.patience), gids)))
    faults = []
    for gid in gids:
        calls = [call for call in list(ledger.calls) if call["gid"] == gid]
        faults += Judge(gid, work.shapes[gid], calls, ends[gid]).judge()
    for gid in gids[:10]:
        faults += work.again(gid)
    fences = sum(len({c["md"].get("entente-fence") for c in ledger.calls if c["gid"] == gid}) > 1 for gid in gids)
    return {"transactions": len(gids), "calls": len(ledger.calls), "calls_at_kills": kills, "taken_over": fences,
            "ends": collections.Counter(ends.values()), "faults": faults}


if __name__ == "__main__":
    main()

package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.waiting.ShownWait;
import dev.entente.server.api.waiting.WaitReason;
import dev.entente.server.api.waiting.WaitReason.Known;
import dev.entente.server.api.waiting.WaitReason.SilentOwner;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.WaitKind;
import dev.entente.server.store.admin.Queries;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.LookAtWaitingResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells what transactions wait for: from the memory of the coordinator that holds them, else from their rows. Each
 * other coordinator is asked once for all that it holds, and not for long. Thread-safe; nothing blocks.
 */
final class WaitLook {
    private final String node;
    private final Transactions transactions;
    private final Queries queries;
    private final Forwarding forwarding;
    private final Duration lease;

    /** @param node this coordinator's own name */
    WaitLook(String node, Transactions transactions, Queries queries, Forwarding forwarding, Duration lease) {
        this.node = node;
        this.transactions = transactions;
        this.queries = queries;
        this.forwarding = forwarding;
        this.lease = lease;
    }

    /**
     * Tells what some transactions wait for, by gid; what waits for nothing is left out.
     *
     * @param unanswered the nodes that hold some of them and did not answer
     */
    record Seen(Map<String, Waiting> waiting, Set<String> unanswered) {}

    /** Returns the transaction with what it waits for. */
    static Transaction with(Map<String, Waiting> waiting, Transaction transaction) {
        Waiting waits = waiting.get(transaction.getGid());
        return waits == null
                ? transaction
                : transaction.toBuilder().setWaiting(waits).build();
    }

    /** Tells of one whose holder has been asked, or could not be. Never fails. */
    CompletableFuture<Seen> at(Snapshot snapshot, Caller caller) {
        return new Look(caller, false).at(List.of(snapshot));
    }

    /** Tells of these rows, and asks their holders. Never fails. */
    CompletableFuture<Seen> at(Collection<Snapshot> rows, Caller caller) {
        return new Look(caller, true).at(rows);
    }

    /**
     * Answers another coordinator about what is held here.
     *
     * @throws Refusal ENT-061 for anybody else, ENT-001 for too many
     */
    CompletableFuture<LookAtWaitingResponse> held(List<String> gids, Caller caller) {
        if (!caller.isForwarded()) {
            throw Refusal.of(
                    ErrorCode.ROLE,
                    "LookAtWaiting is for coordinators that list; read waiting in GetTransaction or ListTransactions");
        }
        if (gids.size() > Filters.MAX_ROWS) {
            throw Filters.malformed("gids", "are " + gids.size() + "; at most " + Filters.MAX_ROWS + " are looked at");
        }
        Look look = new Look(caller, false);
        Set<String> held = look.holds(gids).keySet();
        return CompletableFuture.allOf(held.stream().map(look::atHeld).toArray(CompletableFuture[]::new))
                .thenApply(_ -> LookAtWaitingResponse.newBuilder()
                        .putAllWaiting(look.found)
                        .build());
    }

    /** One look, by whose answers it grows. */
    private final class Look {
        private final Caller caller;
        private final boolean asksOwners;
        /** Without a kind: it waits for nothing. */
        private final Map<String, Waiting> found = new ConcurrentHashMap<>();

        private final Set<String> unanswered = new ConcurrentSkipListSet<>();
        private final Map<String, Map<Integer, Transactions.Hold>> holds = new ConcurrentHashMap<>();

        Look(Caller caller, boolean asksOwners) {
            this.caller = caller;
            this.asksOwners = asksOwners;
        }

        Map<String, Map<Integer, Transactions.Hold>> holds(Collection<String> gids) {
            holds.putAll(transactions.holds(gids));
            return holds;
        }

        CompletableFuture<Seen> at(Collection<Snapshot> rows) {
            Set<String> held = holds(rows.stream()
                            .filter(row -> row.owner() != null)
                            .map(Snapshot::gid)
                            .toList())
                    .keySet();
            Map<Long, List<Snapshot>> elsewhere = new HashMap<>();
            List<CompletableFuture<?>> asked = new ArrayList<>();
            for (Snapshot row : rows) {
                Long owner = row.owner();
                if (owner == null) {
                    note(row, Known.NOTHING, false);
                } else if (!held.contains(row.gid())) {
                    elsewhere.computeIfAbsent(owner, _ -> new ArrayList<>()).add(row);
                } else if (row.isHeldHere()) {
                    note(row, new Known(holds.get(row.gid()), null), false);
                } else {
                    asked.add(atHeld(row.gid()).thenAccept(isFound -> {
                        if (!isFound) {
                            note(row, Known.NOTHING, true);
                        }
                    }));
                }
            }
            if (!elsewhere.isEmpty()) {
                asked.add(atOwners(elsewhere));
            }
            return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                    .thenApply(_ -> seen());
        }

        private Seen seen() {
            found.values().removeIf(waiting -> waiting.getKind() == Waiting.Kind.KIND_UNSPECIFIED);
            return new Seen(Map.copyOf(found), new TreeSet<>(unanswered));
        }

        /** Tells whether it was found in memory here in time. */
        CompletableFuture<Boolean> atHeld(String gid) {
            return transactions
                    .get(gid)
                    .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS)
                    .handle((snapshot, failed) -> {
                        if (failed == null) {
                            note(snapshot, new Known(holds.get(gid), null), false);
                        }
                        return failed == null;
                    });
        }

        private CompletableFuture<Void> atOwners(Map<Long, List<Snapshot>> rows) {
            return queries.owners(rows.keySet())
                    .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS)
                    .thenCompose(owners -> CompletableFuture.allOf(rows.entrySet().stream()
                            .map(entry -> atOwner(entry.getKey(), owners.get(entry.getKey()), entry.getValue()))
                            .toArray(CompletableFuture[]::new)))
                    .exceptionally(_ -> {
                        rows.values().forEach(each -> lastWritten(each, null));
                        return null;
                    });
        }

        private CompletableFuture<Void> atOwner(long number, Queries.@Nullable Owner owner, List<Snapshot> rows) {
            if (owner == null || owner.isGone() || owner.lastBeat().plus(lease).isBefore(transactions.now())) {
                rows.forEach(row -> note(row, new Known(null, silent(number, owner, row)), false));
                return CompletableFuture.completedFuture(null);
            }
            SilentOwner mute = new SilentOwner(
                    owner.node(), owner.lastBeat(), owner.lastBeat().plus(lease), true);
            if (!asksOwners || owner.node().equals(node)) {
                lastWritten(rows, mute);
                return CompletableFuture.completedFuture(null);
            }
            LookAtWaitingRequest.Builder request = LookAtWaitingRequest.newBuilder();
            rows.forEach(row -> request.addGids(row.gid()));
            return forwarding
                    .look(number, TransactionServiceGrpc.getLookAtWaitingMethod(), request.build(), caller)
                    .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS) // also where it is not known yet
                    .handle((answer, failed) -> {
                        if (failed == null) {
                            found.putAll(answer.getWaitingMap());
                        } else {
                            unanswered.add(owner.node());
                        }
                        lastWritten(rows, failed == null ? null : mute);
                        return null;
                    });
        }

        private SilentOwner silent(long number, Queries.@Nullable Owner owner, Snapshot row) {
            return owner == null
                    ? new SilentOwner("incarnation " + number, row.createdAt(), row.createdAt(), false)
                    : new SilentOwner(
                            owner.node(), owner.lastBeat(), owner.lastBeat().plus(lease), false);
        }

        private void lastWritten(List<Snapshot> rows, @Nullable SilentOwner owner) {
            rows.forEach(row -> note(row, new Known(null, owner), true));
        }

        /** Notes it, unless something was noted before. */
        private void note(Snapshot snapshot, Known known, boolean isLastWritten) {
            Instant now = transactions.now();
            WaitReason wait = WaitReason.of(snapshot, known, now);
            Waiting shown = wait == null ? Waiting.getDefaultInstance() : shown(snapshot, wait, isLastWritten, now);
            found.putIfAbsent(snapshot.gid(), shown);
        }

        private Waiting shown(Snapshot snapshot, WaitReason found, boolean isLastWritten, Instant now) {
            boolean isHidden =
                    found.kind() == WaitKind.BLOCKED && !found.blockedBy().isEmpty() && caller.seesOwnAlone();
            WaitReason wait = isHidden ? found.blockedBy(TransactionTranslation.ANY_MESSAGE) : found;
            return ShownWait.of(snapshot, wait, now)
                    .setAsLastWritten(isLastWritten)
                    .build();
        }
    }
}

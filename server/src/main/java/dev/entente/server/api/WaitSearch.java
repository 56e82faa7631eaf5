package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.waiting.WaitReason;
import dev.entente.server.api.waiting.WaitReason.Known;
import dev.entente.server.api.waiting.WaitReason.SilentOwner;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.codec.wording.WaitSentence;
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
 * Finds why transactions wait: from the memory of the owner, or from the row if the owner does not respond. Each other
 * owner receives one request for all its transactions, with a short timeout. Thread-safe; does not block.
 */
final class WaitSearch {
    private final String node;
    private final Transactions transactions;
    private final Queries queries;
    private final Forwarding forwarding;
    private final Duration lease;

    /** @param node this coordinator's name */
    WaitSearch(String node, Transactions transactions, Queries queries, Forwarding forwarding, Duration lease) {
        this.node = node;
        this.transactions = transactions;
        this.queries = queries;
        this.forwarding = forwarding;
        this.lease = lease;
    }

    /**
     * The reasons why transactions wait, by gid; an entry without a kind means no wait.
     *
     * @param unanswered the owners that did not respond
     */
    record Seen(Map<String, Waiting> waiting, Set<String> unanswered) {
        /** Returns the transaction with the reason for its wait. */
        Transaction with(Transaction transaction) {
            Waiting waits = waiting.getOrDefault(transaction.getGid(), Waiting.getDefaultInstance());
            return waits.getKind() == Waiting.Kind.KIND_UNSPECIFIED
                    ? transaction
                    : transaction.toBuilder().setWaiting(waits).build();
        }
    }

    /**
     * Finds why one transaction waits, without a request to its owner: the owner has already responded, or is
     * unreachable. Never fails.
     */
    CompletableFuture<Seen> at(Snapshot snapshot, Caller caller) {
        return new Search(caller, false).at(List.of(snapshot));
    }

    /** Finds the reasons of these rows, with requests to their owners. Never fails. */
    CompletableFuture<Seen> at(Collection<Snapshot> rows, Caller caller) {
        return new Search(caller, true).at(rows);
    }

    /**
     * Responds to another coordinator about transactions in this coordinator's memory.
     *
     * @throws Refusal ENT-061 for any other caller, ENT-001 for too many gids
     */
    CompletableFuture<LookAtWaitingResponse> held(List<String> gids, Caller caller) {
        if (!caller.isForwarded()) {
            throw Refusal.of(
                    ErrorCode.ROLE,
                    "LookAtWaiting is only for calls between coordinators; read waiting in GetTransaction or"
                            + " ListTransactions");
        }
        if (gids.size() > Filters.MAX_ROWS) {
            throw Filters.malformed("gids", gids.size() + " gids, at most " + Filters.MAX_ROWS + " are allowed");
        }
        Search look = new Search(caller, false);
        Set<String> held = look.holds(gids).keySet();
        return CompletableFuture.allOf(held.stream().map(look::atHeld).toArray(CompletableFuture[]::new))
                .handle((_, _) -> LookAtWaitingResponse.newBuilder()
                        .putAllWaiting(look.found)
                        .build());
    }

    /** One search, which collects the responses. */
    private final class Search {
        private final Caller caller;
        private final boolean asksOwners;
        /** An entry without a kind means no wait. */
        private final Map<String, Waiting> found = new ConcurrentHashMap<>();

        private final Set<String> unanswered = new ConcurrentSkipListSet<>();
        private final Map<String, Map<Integer, WaitKind>> holds = new ConcurrentHashMap<>();

        Search(Caller caller, boolean asksOwners) {
            this.caller = caller;
            this.asksOwners = asksOwners;
        }

        Map<String, Map<Integer, WaitKind>> holds(Collection<String> gids) {
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
                    asked.add(atHeld(row.gid()));
                }
            }
            if (!elsewhere.isEmpty()) {
                asked.add(atOwners(elsewhere));
            }
            return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                    .handle((_, _) -> {
                        // For all others, the row gives the reason: the row was released, or the response is late.
                        rows.forEach(row -> note(row, Known.NOTHING, true));
                        return new Seen(Map.copyOf(found), new TreeSet<>(unanswered));
                    });
        }

        /** Fails if the transaction is not found in memory in time. */
        CompletableFuture<Void> atHeld(String gid) {
            return transactions
                    .get(gid)
                    .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS)
                    .thenAccept(snapshot -> note(snapshot, new Known(holds.get(gid), null), false));
        }

        /** Fails if the owners are not found in time. */
        private CompletableFuture<Void> atOwners(Map<Long, List<Snapshot>> rows) {
            return queries.owners(rows.keySet())
                    .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS)
                    .thenCompose(owners -> CompletableFuture.allOf(rows.entrySet().stream()
                            .map(held -> atOwner(held.getKey(), owners.get(held.getKey()), held.getValue()))
                            .toArray(CompletableFuture[]::new)));
        }

        private CompletableFuture<Void> atOwner(long number, Queries.@Nullable Owner owner, List<Snapshot> rows) {
            if (owner == null) {
                rows.forEach(row -> note(row, new Known(null, unknown(number, row)), false));
                return CompletableFuture.completedFuture(null);
            }
            Instant leaseEnd = owner.lastBeat().plus(lease);
            boolean mayBeAtWork = !owner.isGone() && !leaseEnd.isBefore(transactions.now());
            Known silent = new Known(null, new SilentOwner(owner.node(), owner.lastBeat(), leaseEnd, mayBeAtWork));
            if (!mayBeAtWork || !asksOwners || owner.node().equals(node)) {
                rows.forEach(row -> note(row, silent, mayBeAtWork));
                return CompletableFuture.completedFuture(null);
            }
            LookAtWaitingRequest.Builder request = LookAtWaitingRequest.newBuilder();
            rows.forEach(row -> request.addGids(row.gid()));
            return forwarding
                    .look(number, TransactionServiceGrpc.getLookAtWaitingMethod(), request.build(), caller)
                    .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS) // also covers the owner's lookup
                    .handle((answer, failed) -> {
                        if (failed == null) {
                            found.putAll(answer.getWaitingMap());
                        } else {
                            unanswered.add(owner.node());
                            rows.forEach(row -> note(row, silent, true));
                        }
                        return null;
                    });
        }

        private static SilentOwner unknown(long number, Snapshot row) {
            return new SilentOwner("incarnation " + number, row.createdAt(), row.createdAt(), false);
        }

        /** Stores the reason, unless a reason is already stored. */
        private void note(Snapshot snapshot, Known known, boolean isLastWritten) {
            found.computeIfAbsent(snapshot.gid(), _ -> waiting(snapshot, known, isLastWritten));
        }

        private Waiting waiting(Snapshot snapshot, Known known, boolean isLastWritten) {
            Instant now = transactions.now();
            Waiting.Builder wait = WaitReason.of(snapshot, known, now);
            if (wait.getKind() == Waiting.Kind.BLOCKED && !wait.getBlockedBy().isEmpty() && caller.seesOwnAlone()) {
                wait.setBlockedBy(TransactionTranslation.ANY_MESSAGE);
            }
            return wait.setAsLastWritten(isLastWritten)
                    .setSentence(WaitSentence.of(wait.build(), now, TextCatalog.ENGLISH))
                    .build();
        }
    }
}

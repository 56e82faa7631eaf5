package dev.entente.server.api;

import com.google.common.collect.Comparators;
import com.google.protobuf.Timestamp;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.server.api.access.Caller;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.Membership.Peer;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.Queries;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.LookAtWaitingResponse;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Finds the transactions that wait for a participant in the memory of all coordinators. A wait that begins with an
 * accepted transaction is in no row. Each other coordinator receives one request, with a short timeout. Thread-safe;
 * does not block.
 */
final class AwaitedSearch {
    /**
     * The limit of gids of one coordinator: more than a bulk operation or the console's counts need, and than are
     * created in a minute, by which the positions of a list are inexact in memory.
     */
    private static final int MAX_HELD = 50_000;

    private static final Comparator<GlobalTransaction> BY_AGE = Comparator.comparing(GlobalTransaction::createdAt);

    private final String node;
    private final Transactions transactions;
    private final Peers peers;
    private final Forwarding forwarding;
    private final Blocking blocking;
    private final Duration lease;

    /**
     * @param node this coordinator's name
     * @param lease of a coordinator
     */
    AwaitedSearch(
            String node,
            Transactions transactions,
            Peers peers,
            Forwarding forwarding,
            Blocking blocking,
            Duration lease) {
        this.node = node;
        this.transactions = transactions;
        this.peers = peers;
        this.forwarding = forwarding;
        this.blocking = blocking;
        this.lease = lease;
    }

    /**
     * A filter with the gids that were found.
     *
     * @param unanswered the coordinators that did not respond
     * @param isCapped whether a coordinator has more gids than it returned
     */
    record Found(TransactionFilter filter, Set<String> unanswered, boolean isCapped) {}

    /** A request to one coordinator. */
    private record Asked(String node, CompletableFuture<LookAtWaitingResponse> response) {
        /** Returns whether the response has the gids; version 0.1 ignores the filter. */
        boolean isAnswered() {
            return !response.isCompletedExceptionally() && response.join().getFiltered();
        }
    }

    /**
     * Returns the filter without a search.
     *
     * @throws dev.entente.core.transaction.Refusal ENT-001 for an invalid filter
     */
    TransactionFilter filter(dev.entente.v1.TransactionFilter wanted) {
        return Filters.of(wanted, lease);
    }

    /**
     * Searches for a page of a list. Without a participant, the filter is returned as it is.
     *
     * @param token the start of the page; empty for the first page
     * @return fails if the coordinators cannot be read from the table, or with ENT-050 if too many searches run
     * @throws dev.entente.core.transaction.Refusal ENT-001 for an invalid filter or token
     */
    CompletableFuture<Found> search(
            dev.entente.v1.TransactionFilter wanted, boolean isSlowestFirst, String token, Caller caller) {
        TransactionFilter filter = filter(wanted);
        if (!filter.searchesAwaited()) {
            return CompletableFuture.completedFuture(new Found(filter, Set.of(), false));
        }
        LookAtWaitingRequest.Builder page =
                LookAtWaitingRequest.newBuilder().setFilter(wanted).setSlowestFirst(isSlowestFirst);
        if (!token.isEmpty()) {
            Timestamp start = Times.proto(Queries.start(filter, isSlowestFirst, token));
            var _ = isSlowestFirst
                    ? page.getFilterBuilder().setCreatedAfter(start)
                    : page.getFilterBuilder().setCreatedBefore(start);
        }
        LookAtWaitingRequest request = page.build();
        return peers.others().thenCompose(others -> {
            List<Asked> asked = new ArrayList<>();
            asked.add(new Asked(node, held(request)));
            others.forEach(peer -> asked.add(new Asked(peer.node(), held(peer, request, caller))));
            return CompletableFuture.allOf(asked.stream().map(Asked::response).toArray(CompletableFuture[]::new))
                    .handle((_, _) -> asked)
                    .thenCompose(_ -> blocking.run(() -> found(wanted, asked)));
        });
    }

    private CompletableFuture<LookAtWaitingResponse> held(Peer peer, LookAtWaitingRequest request, Caller caller) {
        return forwarding
                .look(peer.incarnation(), TransactionServiceGrpc.getLookAtWaitingMethod(), request, caller)
                .orTimeout(Forwarding.LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Found found(dev.entente.v1.TransactionFilter wanted, List<Asked> asked) {
        Set<String> held = new HashSet<>();
        Set<String> unanswered = new TreeSet<>();
        boolean isCapped = false;
        for (Asked one : asked) {
            if (one.isAnswered()) {
                LookAtWaitingResponse response = one.response().join();
                held.addAll(response.getHeldList());
                isCapped |= response.getMatched() > response.getHeldCount();
            } else {
                unanswered.add(one.node());
            }
        }
        return new Found(Filters.of(wanted, lease, held), unanswered, isCapped);
    }

    /** Searches the memory of this coordinator, on another thread. */
    CompletableFuture<LookAtWaitingResponse> held(LookAtWaitingRequest request) {
        TransactionFilter filter = Filters.of(request.getFilter(), lease);
        Comparator<GlobalTransaction> order = request.getSlowestFirst() ? BY_AGE : BY_AGE.reversed();
        return blocking.run(() -> {
            Instant now = transactions.now();
            List<GlobalTransaction> found =
                    transactions.awaiting(filter.participant(), one -> filter.mayInclude(one, now));
            LookAtWaitingResponse.Builder response =
                    LookAtWaitingResponse.newBuilder().setFiltered(true).setMatched(found.size());
            List<GlobalTransaction> first =
                    found.size() <= MAX_HELD ? found : found.stream().collect(Comparators.least(MAX_HELD, order));
            first.forEach(one -> response.addHeld(one.gid()));
            return response.build();
        });
    }
}

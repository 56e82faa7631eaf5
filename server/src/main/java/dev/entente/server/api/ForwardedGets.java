package dev.entente.server.api;

import com.google.protobuf.util.Durations;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.OwnedElsewhere;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Handles Get, with an optional wait.
 *
 * <p>If another coordinator owns the transaction, that owner receives short requests in a loop, because the owner may
 * stop and be replaced. If the owner does not respond, the row is returned. Thread-safe; does not block.
 */
final class ForwardedGets {
    /** The wait of one request to the owner. */
    private static final Duration SLICE = Duration.ofSeconds(2);
    /** The additional time for the owner's response. */
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final Transactions transactions;
    private final EndWaiters waiting;
    private final TransactionViews views;
    private final Forwarding forwarding;
    private final WaitSearch waits;

    ForwardedGets(
            Transactions transactions,
            EndWaiters waiting,
            TransactionViews views,
            Forwarding forwarding,
            WaitSearch waits) {
        this.transactions = transactions;
        this.waiting = waiting;
        this.views = views;
        this.forwarding = forwarding;
        this.waits = waits;
    }

    /** Returns the transaction as soon as it is at rest, or its state after the wait. */
    CompletableFuture<Transaction> get(GetTransactionRequest request, Caller caller, ClientPresence presence) {
        var _ = Filters.view(request.getView());
        return waiting.during(request.getWait(), wait -> new Get(request, caller, presence, wait).look());
    }

    /** One request of a client. */
    private final class Get {
        private final GetTransactionRequest request;
        private final Caller caller;
        private final ClientPresence presence;
        private final long untilNanos;

        Get(GetTransactionRequest request, Caller caller, ClientPresence presence, Duration wait) {
            this.request = request;
            this.caller = caller;
            this.presence = presence;
            this.untilNanos = System.nanoTime() + wait.toNanos();
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime()));
        }

        CompletableFuture<Transaction> look() {
            return SubmitterAccess.get(transactions, request.getGid(), caller)
                    .thenCompose(this::shownAtRest)
                    .exceptionallyCompose(
                            thrown -> Errors.unwrap(thrown) instanceof OwnedElsewhere held && !caller.isForwarded()
                                    ? askHolder(held.owner())
                                    : CompletableFuture.failedFuture(thrown));
        }

        private CompletableFuture<Transaction> shownAtRest(Snapshot snapshot) {
            return waiting.rest(SubmitterAccess.seen(snapshot, caller), left(), presence)
                    .thenCompose(shown -> views.show(shown, request.getView(), request.getRenderJson(), caller)
                            .thenCombine(waits.at(shown, caller), (transaction, seen) -> seen.with(transaction)));
        }

        private CompletableFuture<Transaction> askHolder(long owner) {
            Duration slice = left().compareTo(SLICE) < 0 ? left() : SLICE;
            GetTransactionRequest asked = request.toBuilder()
                    .setWait(Durations.fromNanos(slice.toNanos()))
                    .build();
            MethodDescriptor<GetTransactionRequest, Transaction> method =
                    TransactionServiceGrpc.getGetTransactionMethod();
            boolean isLook = slice.isZero() && !request.getRenderJson(); // rendering may call participants
            return (isLook
                            ? forwarding.look(owner, method, asked, caller)
                            : forwarding.ask(owner, method, asked, caller, slice.plus(TIMEOUT)))
                    .thenCompose(this::goOn)
                    .exceptionallyCompose(thrown -> Forwarding.isUnreachable(thrown)
                            ? transactions.view(request.getGid()).thenCompose(this::shownAtRest)
                            : CompletableFuture.failedFuture(thrown));
        }

        private CompletableFuture<Transaction> goOn(Transaction seen) {
            boolean isAnswer = seen.getTerminal() || seen.hasParked() || left().isZero() || presence.isOver();
            return isAnswer ? CompletableFuture.completedFuture(seen) : look();
        }
    }
}

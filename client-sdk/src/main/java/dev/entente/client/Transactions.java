package dev.entente.client;

import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import dev.entente.wire.Decision;
import java.time.Duration;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Transactions that were accepted: look at them, wait for them, turn them back. All methods that do not return a future
 * block, and throw {@link TransactionRefused} (ENT-030 for a gid that is not known) or {@link CoordinatorUnavailable}.
 * Thread-safe.
 */
public final class Transactions {
    private final Coordinator coordinator;

    Transactions(Coordinator coordinator) {
        this.coordinator = coordinator;
    }

    /** One as it stands, without payloads and history. */
    public Transaction get(String gid) {
        return Blocking.await(getAsync(gid), gid);
    }

    /** As {@link #get}, without blocking. */
    public CompletableFuture<Transaction> getAsync(String gid) {
        return coordinator.get(gid, View.BASIC, now());
    }

    /**
     * What was decided about one, for {@link dev.entente.wire.Decision those who have something prepared}. What only
     * its coordinator's memory says is no decision yet.
     */
    public Decision decision(String gid) {
        try {
            return decision(get(gid));
        } catch (TransactionRefused refused) {
            if (refused.code().equals("ENT-030")) {
                return Decision.UNKNOWN;
            }
            throw refused;
        }
    }

    private static Decision decision(Transaction transaction) {
        return switch (transaction.getState()) {
            case SUCCEEDED -> Decision.COMMIT;
            case ABORTED -> Decision.ROLL_BACK;
            case COMPLETING -> transaction.getAsLastSeen() ? Decision.NOT_YET : Decision.COMMIT;
            case UNDOING -> transaction.getAsLastSeen() ? Decision.NOT_YET : Decision.ROLL_BACK;
            case BEGUN, SCHEDULED, RUNNING, GIVEN_UP, STATE_UNSPECIFIED, UNRECOGNIZED -> Decision.NOT_YET;
        };
    }

    /** One as it stands, with its history and, where kept and allowed, its plan. */
    public Transaction describe(String gid) {
        return Blocking.await(coordinator.get(gid, View.FULL, now()), gid);
    }

    /**
     * Waits until one has ended or is parked.
     *
     * @param wait at most so long
     */
    public Outcome await(String gid, Duration wait) {
        return Blocking.await(awaitAsync(gid, wait), gid);
    }

    /** As {@link #await}, without blocking. */
    public CompletableFuture<Outcome> awaitAsync(String gid, Duration wait) {
        Patience patience = coordinator.patience(wait);
        return coordinator.get(gid, View.BASIC, patience).thenCompose(seen -> coordinator.outcome(seen, patience));
    }

    /** Those that are meant, newest first; pages are fetched as the stream is read. */
    public Stream<Transaction> list(Filter filter) {
        Pages pages = new Pages(
                coordinator,
                ListTransactionsRequest.newBuilder().setFilter(filter.toProto()).build());
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(pages, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    /** How many are meant, by state. */
    public CountTransactionsResponse count(Filter filter) {
        return Blocking.await(
                coordinator.count(CountTransactionsRequest.newBuilder()
                        .setFilter(filter.toProto())
                        .build()),
                "");
    }

    /** One as it stands now, and again after each change until it has ended; close the watch if that is too long. */
    public Watch watch(String gid) {
        return new Watch(coordinator, gid);
    }

    /**
     * Turns one back. Returns when that is durable; undoing goes on afterwards.
     *
     * @param reason for its history
     * @throws TransactionRefused if it is too late: ENT-041 completing or succeeded, ENT-042 past its point of no
     *     return
     */
    public Transaction abort(String gid, String reason) {
        return Blocking.await(coordinator.abort(gid, reason, now()), gid);
    }

    /** As {@link #abort(String, String)}, and waits at most so long until everything is undone. */
    public Outcome abort(String gid, String reason, Duration wait) {
        Patience patience = coordinator.patience(wait);
        return Blocking.await(
                coordinator.abort(gid, reason, patience).thenCompose(seen -> coordinator.outcome(seen, patience)), gid);
    }

    /**
     * Says yes where a saga waits for a person. Returns when that is durable; the saga goes on afterwards. The same
     * answer again changes nothing. Who decided is the bearer of this client's token.
     *
     * @param step the approval's id in its plan
     * @param reason for history and audit
     * @throws TransactionRefused ENT-043 if it was decided otherwise, ENT-045 if it is not asked yet, or not any more,
     *     ENT-061 if this client may not decide it
     */
    public Transaction approve(String gid, String step, String reason) {
        return Blocking.await(coordinator.decide(gid, step, true, reason, now()), gid);
    }

    /** Says no where a saga waits for a person: what was done before is compensated. As {@link #approve} otherwise. */
    public Transaction reject(String gid, String step, String reason) {
        return Blocking.await(coordinator.decide(gid, step, false, reason, now()), gid);
    }

    private Patience now() {
        return coordinator.patience(Duration.ZERO);
    }
}

package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import dev.entente.wire.Decision;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Accepted transactions: queries, waits and aborts. All methods that do not return a future block, and throw {@link
 * TransactionRefused} (ENT-030 for an unknown gid) or {@link CoordinatorUnavailable}. Thread-safe.
 */
public final class Transactions {
    private final CoordinatorClient coordinator;

    Transactions(CoordinatorClient coordinator) {
        this.coordinator = coordinator;
    }

    /** Returns the current state of a transaction, without payloads and history. */
    public Transaction get(String gid) {
        return BlockingWait.read(getAsync(gid), gid);
    }

    /** As {@link #get}, without blocking. */
    public CompletableFuture<Transaction> getAsync(String gid) {
        return coordinator.get(gid, View.BASIC, now());
    }

    /**
     * Returns the durable decision about a transaction, for {@link dev.entente.wire.Decision participants that have
     * prepared something}. State that is only in the coordinator's memory is not a decision yet.
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

    /** Returns the current state of a transaction, its history and, if stored and allowed, its plan. */
    public Transaction describe(String gid) {
        return BlockingWait.read(describeAsync(gid), gid);
    }

    /** As {@link #describe}, without blocking. */
    public CompletableFuture<Transaction> describeAsync(String gid) {
        return coordinator.get(gid, View.FULL, now());
    }

    /**
     * Waits until a transaction has finished or is parked.
     *
     * @param wait the longest wait, including repetitions of a call without a response. The last response may arrive up
     *     to 2 s after the wait
     */
    public Outcome await(String gid, Duration wait) {
        return BlockingWait.read(awaitAsync(gid, wait), gid);
    }

    /** As {@link #await}, without blocking. */
    public CompletableFuture<Outcome> awaitAsync(String gid, Duration wait) {
        CallDeadline callDeadline = coordinator.callDeadline(wait);
        return coordinator
                .get(gid, View.BASIC, callDeadline)
                .thenCompose(seen -> coordinator.outcome(seen, callDeadline));
    }

    /** Lists the matching transactions, newest first. The stream fetches pages while it is read. */
    public Stream<Transaction> list(Filter filter) {
        ListTransactionsRequest first =
                ListTransactionsRequest.newBuilder().setFilter(filter.toProto()).build();
        return Stream.iterate(new Page(first, List.of(), false), Objects::nonNull, this::after)
                .flatMap(page -> page.shown().stream());
    }

    /** The transactions of one page, and the request for the next page. */
    private record Page(ListTransactionsRequest next, List<Transaction> shown, boolean isLast) {}

    private @Nullable Page after(Page page) {
        if (page.isLast()) {
            return null;
        }
        ListTransactionsResponse response = BlockingWait.read(coordinator.list(page.next()), "");
        boolean isLast = response.getNextPageToken().isEmpty();
        return new Page(behind(page.next(), response), response.getTransactionsList(), isLast);
    }

    private static ListTransactionsRequest behind(ListTransactionsRequest request, ListTransactionsResponse page) {
        return request.toBuilder().setPageToken(page.getNextPageToken()).build();
    }

    /**
     * As {@link #list}, without blocking: returns all transactions together.
     *
     * @param atMost the highest number of transactions
     */
    public CompletableFuture<List<Transaction>> listAsync(Filter filter, int atMost) {
        ListTransactionsRequest first =
                ListTransactionsRequest.newBuilder().setFilter(filter.toProto()).build();
        return atMost <= 0 ? CompletableFuture.completedFuture(List.of()) : listed(first, List.of(), atMost);
    }

    private CompletableFuture<List<Transaction>> listed(
            ListTransactionsRequest request, List<Transaction> before, int atMost) {
        return coordinator.list(request).thenCompose(page -> {
            List<Transaction> all = Stream.concat(before.stream(), page.getTransactionsList().stream())
                    .limit(atMost)
                    .toList();
            boolean isLast = page.getNextPageToken().isEmpty() || all.size() == atMost;
            return isLast ? CompletableFuture.completedFuture(all) : listed(behind(request, page), all, atMost);
        });
    }

    /** Counts the matching transactions by state. */
    public CountTransactionsResponse count(Filter filter) {
        return BlockingWait.read(countAsync(filter), "");
    }

    /** As {@link #count}, without blocking. */
    public CompletableFuture<CountTransactionsResponse> countAsync(Filter filter) {
        return coordinator.count(CountTransactionsRequest.newBuilder()
                .setFilter(filter.toProto())
                .build());
    }

    /**
     * Returns the current state of a transaction, and then each change until the transaction finishes; close the watch
     * to stop earlier.
     */
    public Watch watch(String gid) {
        return new Watch(coordinator, gid);
    }

    /**
     * As {@link #watch}, without blocking. The watch uses a separate thread until the watch ends.
     *
     * @param seen called for each change, one after another; an exception ends the watch
     * @return the transaction at its end; fails as {@link Watch#hasNext}. Cancelling it ends the watch.
     */
    public CompletableFuture<Transaction> watchAsync(String gid, Consumer<Transaction> seen) {
        return watch(gid).inBackground(seen);
    }

    /**
     * Aborts a transaction. Returns when the abort is durable. Compensation continues afterwards.
     *
     * @param reason for its history
     * @throws TransactionRefused if it is too late: ENT-041 completing or succeeded, ENT-042 past its point of no
     *     return
     */
    public Transaction abort(String gid, String reason) {
        return BlockingWait.await(abortAsync(gid, reason), gid);
    }

    /** As {@link #abort(String, String)}, without blocking: the future fails with the same exceptions. */
    public CompletableFuture<Transaction> abortAsync(String gid, String reason) {
        return coordinator.abort(gid, reason, now());
    }

    /** As {@link #abort(String, String)}, and waits for the compensation as {@link #await} does. */
    public Outcome abort(String gid, String reason, Duration wait) {
        return BlockingWait.await(abortAsync(gid, reason, wait), gid);
    }

    /** As {@link #abort(String, String, Duration)}, without blocking. */
    public CompletableFuture<Outcome> abortAsync(String gid, String reason, Duration wait) {
        CallDeadline callDeadline = coordinator.callDeadline(wait);
        return coordinator
                .abort(gid, reason, callDeadline)
                .thenCompose(seen -> coordinator.outcome(seen, callDeadline));
    }

    /**
     * Approves a step of a saga. Returns when the approval is durable. The saga continues afterwards. A repeated equal
     * answer changes nothing. The holder of this client's token is recorded as the approver.
     *
     * @param step the approval's id in its plan
     * @param reason for history and audit
     * @throws TransactionRefused ENT-043 if the opposite was decided before, ENT-045 if there is no open request for
     *     the approval, ENT-061 if this client may not decide
     */
    public Transaction approve(String gid, String step, String reason) {
        return BlockingWait.await(approveAsync(gid, step, reason), gid);
    }

    /** As {@link #approve}, without blocking. */
    public CompletableFuture<Transaction> approveAsync(String gid, String step, String reason) {
        return coordinator.decide(gid, step, true, reason);
    }

    /** Rejects a step of a saga: the earlier steps are compensated. Otherwise as {@link #approve}. */
    public Transaction reject(String gid, String step, String reason) {
        return BlockingWait.await(rejectAsync(gid, step, reason), gid);
    }

    /** As {@link #reject}, without blocking. */
    public CompletableFuture<Transaction> rejectAsync(String gid, String step, String reason) {
        return coordinator.decide(gid, step, false, reason);
    }

    private CallDeadline now() {
        return coordinator.callDeadline(Duration.ZERO);
    }
}

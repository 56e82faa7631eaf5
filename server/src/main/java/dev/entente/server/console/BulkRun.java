package dev.entente.server.console;

import dev.entente.server.console.part.Query;
import dev.entente.server.store.BulkRunTable;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import io.grpc.ClientCall;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs one operation on all matches and stores the progress each second. The run continues without an open page until
 * it ends or is stopped. Thread-safe.
 */
final class BulkRun implements StreamObserver<OperateMatchingResponse> {
    static final String STOPPED = "stopped";
    static final String INTERRUPTED = "interrupted";
    /** The wait of a form for the run's end. The first page then usually shows the final result. */
    private static final int FORM_SECONDS = 2;

    private final Query query;
    private final ClientCall<OperateMatchingRequest, OperateMatchingResponse> call;
    private final BulkRunTable stored;
    private final CountDownLatch over = new CountDownLatch(1);
    private final CountDownLatch written = new CountDownLatch(1);
    private final Map<String, BulkPage.Refused> refused = new TreeMap<>();
    private List<String> unanswered = List.of();
    private long matched;
    private int done;
    private int unchanged;
    private @Nullable String broken;

    /** @param query of the run's page, with the run's id as {@code run} */
    BulkRun(Query query, ClientCall<OperateMatchingRequest, OperateMatchingResponse> call, BulkRunTable stored) {
        this.query = query;
        this.call = call;
        this.stored = stored;
    }

    void start(OperateMatchingRequest request) {
        ClientCalls.asyncServerStreamingCall(call, request, this);
        Thread.ofVirtual().name("bulk run").start(this::store);
    }

    private void store() {
        try {
            boolean isLast = false;
            while (!isLast) {
                isLast = over.await(1, TimeUnit.SECONDS);
                store(isLast);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            call.cancel(STOPPED, null); // a run without stored progress must not continue
            written.countDown();
        }
    }

    private void store(boolean isLast) {
        try {
            if (!stored.write(query.get("run"), progress().text(), isLast)) {
                call.cancel(STOPPED, null);
            }
        } catch (StoreUnavailable unavailable) {
            // The next write stores more. Without the last write the run is shown as interrupted.
        }
    }

    /** Returns the query of the run's page. */
    Query query() {
        return query;
    }

    /** Waits at most {@link #FORM_SECONDS} for the run's end. Blocks. */
    void await() {
        try {
            var _ = written.await(FORM_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized BulkPage.Run progress() {
        return new BulkPage.Run(
                query,
                matched,
                done,
                unchanged,
                List.copyOf(refused.values()),
                unanswered,
                over.getCount() == 0,
                broken);
    }

    @Override
    public synchronized void onNext(OperateMatchingResponse one) {
        matched = one.getMatched();
        unanswered = List.copyOf(one.getUnansweredList());
        if (one.getUnchanged()) {
            unchanged++;
        } else if (one.getApplied()) {
            done++;
        } else {
            String why = one.getError().getMessage();
            refused.compute(
                    one.getError().getCode(),
                    (_, some) -> (some == null ? new BulkPage.Refused(why, 0, List.of()) : some).with(one.getGid()));
        }
    }

    @Override
    public synchronized void onError(Throwable failed) {
        Status status = Status.fromThrowable(failed);
        broken = status.getDescription() == null ? status.getCode().name() : status.getDescription();
        over.countDown();
    }

    @Override
    public void onCompleted() {
        over.countDown();
    }
}

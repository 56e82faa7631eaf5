package dev.entente.server.console;

import dev.entente.server.console.part.Query;
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

/** One act on all that match. It goes on while nobody looks, until it has ended or is stopped. Thread-safe. */
final class BulkRun implements StreamObserver<OperateMatchingResponse> {
    static final String STOPPED = "stopped";
    /** How long a form waits for the end: most pages that show it are the last one then. */
    private static final int FORM_SECONDS = 2;

    private final Query query;
    private final ClientCall<OperateMatchingRequest, OperateMatchingResponse> call;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Map<String, BulkPage.Refused> refused = new TreeMap<>();
    private long matched;
    private int done;
    private int unchanged;
    private @Nullable String broken;

    /** @param query of the page that shows it, with its id as {@code run} */
    BulkRun(Query query, ClientCall<OperateMatchingRequest, OperateMatchingResponse> call) {
        this.query = query;
        this.call = call;
    }

    void start(OperateMatchingRequest request) {
        ClientCalls.asyncServerStreamingCall(call, request, this);
    }

    /** Returns the question of the page that shows it. */
    Query query() {
        return query;
    }

    /** Lets the act that is under way end, and begins no other. */
    void stop() {
        call.cancel(STOPPED, null);
    }

    /** Waits {@link #FORM_SECONDS} for its end, and no longer. Blocks. */
    void await() {
        try {
            var _ = over.await(FORM_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns how far it is. */
    synchronized BulkPage.Run progress() {
        return new BulkPage.Run(query, matched, done, unchanged, List.copyOf(refused.values()), isOver(), broken);
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    @Override
    public synchronized void onNext(OperateMatchingResponse one) {
        matched = one.getMatched();
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

package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.client.call.UnreadableResponse;
import dev.entente.client.channel.AttemptTrace;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import dev.entente.wire.ErrorDetails;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sequence of changes of one transaction. A broken stream is reopened at its last position. No change is shown
 * twice and no lasting change is missed; changes in quick succession may be shown as one. {@link #hasNext} blocks. Use
 * a watch on one thread at a time; any thread may call {@link #close}.
 */
public final class Watch implements Iterator<Transaction>, AutoCloseable {
    private static final Duration STREAM_LIFE = Duration.ofMinutes(10);
    /** A stream that was open for this time counts as healthy, even without a change to show. */
    private static final Duration LASTING = Duration.ofSeconds(30);

    private final CoordinatorClient coordinator;
    private final String gid;
    private final Context.CancellableContext context = Context.current().withCancellation();
    /** The attempts since the last shown change, or since a stream was open for {@link #LASTING}. */
    private CoordinatorRetryRule attempts;
    /** The time limit to reopen a broken stream; null if no stream has broken since the last shown change. */
    private @Nullable CallDeadline callDeadline;

    private AttemptTrace trace;
    private long openedNanos;
    private @Nullable Iterator<Transaction> stream;
    private @Nullable Transaction next;
    private @Nullable Transaction last;
    private boolean hasEnded;

    Watch(CoordinatorClient coordinator, String gid) {
        this.coordinator = coordinator;
        this.gid = gid;
        this.attempts = newAttempts();
        this.trace = coordinator.trace();
    }

    /**
     * Waits for the next change.
     *
     * @return false once the transaction has finished
     * @throws TransactionRefused if the gid is not known (ENT-030)
     * @throws CoordinatorUnavailable if the stream broke and could not be reopened, or if this watch was closed
     */
    @Override
    public boolean hasNext() {
        while (next == null && !hasEnded) {
            try {
                read();
            } catch (StatusRuntimeException broken) {
                recover(broken);
            }
        }
        return next != null;
    }

    @Override
    public Transaction next() {
        if (!hasNext()) {
            throw new NoSuchElementException("transaction '" + gid + "' has ended");
        }
        Transaction shown = Objects.requireNonNull(next);
        next = null;
        return shown;
    }

    /** Ends the stream. */
    @Override
    public void close() {
        context.cancel(new CancellationException("the watch was closed"));
    }

    /**
     * Reads the watch on a separate thread. The future completes when the transaction finishes; cancelling the future
     * ends the watch.
     */
    CompletableFuture<Transaction> inBackground(Consumer<Transaction> seen) {
        CompletableFuture<Transaction> end = new CompletableFuture<>();
        CompletableFuture<Transaction> unused = end.whenComplete((ended, thrown) -> close());
        Thread thread = new Thread(() -> report(seen, end), "entente-watch");
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    private void report(Consumer<Transaction> seen, CompletableFuture<Transaction> end) {
        try {
            while (!end.isDone() && hasNext()) {
                seen.accept(next());
            }
            end.complete(Objects.requireNonNull(last, "the watch ended without any state of the transaction"));
        } catch (Throwable thrown) { // also an Error of the listener: the caller sees only the future
            end.completeExceptionally(thrown);
        }
    }

    private void read() {
        Iterator<Transaction> open = stream == null ? open() : stream;
        stream = open;
        if (open.hasNext()) {
            Transaction seen = open.next();
            hasEnded = seen.getTerminal();
            next = seen.equals(last) ? null : seen; // a new stream starts with the last state of the old one
            last = seen;
            callDeadline = null;
        } else {
            hasEnded = true;
        }
    }

    private Iterator<Transaction> open() {
        WatchTransactionRequest request = WatchTransactionRequest.newBuilder()
                .setGid(gid)
                .setAfterRevision(durableRevision())
                .setView(View.BASIC)
                .build();
        openedNanos = System.nanoTime();
        trace = coordinator.trace();
        Context before = context.attach();
        try {
            return ClientCalls.blockingServerStreamingCall(
                    coordinator.stream(TransactionServiceGrpc.getWatchTransactionMethod(), STREAM_LIFE, trace),
                    request);
        } finally {
            context.detach(before);
        }
    }

    private CoordinatorRetryRule newAttempts() {
        return coordinator.attempts(TransactionServiceGrpc.getWatchTransactionMethod(), gid, true);
    }

    /**
     * Returns the revision after which to read. Progress that is not durable may be lost with its coordinator, and
     * other changes then get the same revisions. After such progress the watch reads the complete current state.
     */
    private long durableRevision() {
        Transaction known = last;
        return known == null || known.getAsLastSeen() ? 0 : known.getRevision();
    }

    private void recover(StatusRuntimeException broken) {
        stream = null;
        ErrorDetails answer = ErrorDetails.of(broken);
        CallDeadline left = callDeadline;
        if (left == null || System.nanoTime() - openedNanos >= LASTING.toNanos()) {
            attempts = newAttempts();
            left = coordinator.callDeadline(Duration.ZERO);
            callDeadline = left;
        }
        Optional<Duration> pause = attempts.next(answer, broken, trace.address(), trace.mayHaveLeft());
        boolean isOver = context.isCancelled() || Thread.currentThread().isInterrupted();
        if (isOver || pause.isEmpty() || pause.get().compareTo(left.left()) >= 0) {
            Throwable cause = trace.isAnswered() ? new UnreadableResponse(broken) : broken;
            throw attempts.failure(answer, cause, false);
        }
        LockSupport.parkNanos(pause.get().toNanos());
    }
}

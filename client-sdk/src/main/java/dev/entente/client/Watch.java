package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.client.call.UnreadAnswer;
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
 * One transaction after each of its changes. A broken stream is opened again where it broke off, so that nothing is
 * shown twice and no change is missed that lasts; changes in quick succession may be shown as one. {@link #hasNext}
 * blocks; used by one thread at a time, but {@link #close} may come from any.
 */
public final class Watch implements Iterator<Transaction>, AutoCloseable {
    private static final Duration STREAM_LIFE = Duration.ofMinutes(10);
    /** A stream that was open for so long was a good one, though nothing happened that it could tell of. */
    private static final Duration LASTING = Duration.ofSeconds(30);

    private final CoordinatorClient coordinator;
    private final String gid;
    private final Context.CancellableContext context = Context.current().withCancellation();
    /** Those at streams that broke since a change was last told, or since one was open for long. */
    private CoordinatorRule attempts;
    /**
     * How long a broken stream is tried to be opened again; null as long as none has broken since it last told
     * something.
     */
    private @Nullable CallDeadline patience;

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
     * @return false once the transaction has ended
     * @throws TransactionRefused if the gid is not known (ENT-030)
     * @throws CoordinatorUnavailable if the stream broke and could not be opened again, or if this watch was closed
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

    /** Reads it on a thread of its own, to the end that the future gives; cancelling that ends the watch. */
    CompletableFuture<Transaction> inBackground(Consumer<Transaction> seen) {
        CompletableFuture<Transaction> end = new CompletableFuture<>();
        CompletableFuture<Transaction> unused = end.whenComplete((ended, thrown) -> close());
        Thread thread = new Thread(() -> tell(seen, end), "entente-watch");
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    private void tell(Consumer<Transaction> seen, CompletableFuture<Transaction> end) {
        try {
            while (!end.isDone() && hasNext()) {
                seen.accept(next());
            }
            end.complete(Objects.requireNonNull(last, "the watch ended without a word of the transaction"));
        } catch (Throwable thrown) { // an error of the listener too: the future is all that its caller sees
            end.completeExceptionally(thrown);
        }
    }

    private void read() {
        Iterator<Transaction> open = stream == null ? open() : stream;
        stream = open;
        if (open.hasNext()) {
            Transaction seen = open.next();
            hasEnded = seen.getTerminal();
            next = seen.equals(last) ? null : seen; // a new stream starts with what the old one ended with
            last = seen;
            patience = null;
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
                    coordinator.stream(TransactionServiceGrpc.getWatchTransactionMethod(), gid, STREAM_LIFE, trace),
                    request);
        } finally {
            context.detach(before);
        }
    }

    private CoordinatorRule newAttempts() {
        return coordinator.attempts(TransactionServiceGrpc.getWatchTransactionMethod(), gid, true);
    }

    /**
     * The revision behind which to ask. Progress that was not durable may be lost with its coordinator, and other
     * changes have the same revisions then: so behind such progress the transaction is asked for as it stands.
     */
    private long durableRevision() {
        Transaction known = last;
        return known == null || known.getAsLastSeen() ? 0 : known.getRevision();
    }

    private void recover(StatusRuntimeException broken) {
        stream = null;
        ErrorDetails answer = ErrorDetails.of(broken);
        CallDeadline left = patience;
        if (left == null || System.nanoTime() - openedNanos >= LASTING.toNanos()) {
            attempts = newAttempts();
            left = coordinator.patience(Duration.ZERO);
            patience = left;
        }
        Optional<Duration> pause = attempts.next(answer, broken, trace.address(), trace.mayHaveLeft());
        boolean isOver = context.isCancelled() || Thread.currentThread().isInterrupted();
        if (isOver || pause.isEmpty() || pause.get().compareTo(left.left()) >= 0) {
            Throwable cause = trace.isAnswered() ? new UnreadAnswer(broken) : broken;
            throw attempts.failure(answer, cause, false);
        }
        LockSupport.parkNanos(pause.get().toNanos());
    }
}

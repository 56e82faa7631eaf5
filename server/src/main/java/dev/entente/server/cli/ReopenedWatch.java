package dev.entente.server.cli;

import dev.entente.client.Retry;
import dev.entente.server.cli.text.Failure;
import dev.entente.v1.Transaction;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A transaction's changes over as many streams as it takes. A stream that breaks, as when the coordinator that holds
 * the transaction dies, is opened again behind the last change that was told. Used by one thread.
 */
final class ReopenedWatch {
    private static final Retry PAUSES =
            Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(2), Integer.MAX_VALUE);

    private final Function<WatchTransactionRequest, Iterator<Transaction>> coordinator;
    private final Duration patience;
    private final RandomGenerator random;
    private final Consumer<StatusRuntimeException> broken;
    private @Nullable Transaction last;
    private int failures;
    private long giveUpNanos;

    /**
     * Takes what it needs to ask.
     *
     * @param patience how long a broken stream is opened again without anything new
     * @param broken told of the first failure of each break
     */
    ReopenedWatch(
            Function<WatchTransactionRequest, Iterator<Transaction>> coordinator,
            Duration patience,
            RandomGenerator random,
            Consumer<StatusRuntimeException> broken) {
        this.coordinator = coordinator;
        this.patience = patience;
        this.random = random;
        this.broken = broken;
    }

    /**
     * Tells each change once, until the transaction has ended.
     *
     * @return the last one
     * @throws StatusRuntimeException if asking again cannot help, or has not helped for as long as the patience
     */
    Transaction tell(WatchTransactionRequest request, Consumer<Transaction> change) {
        WatchTransactionRequest next = request;
        while (true) {
            long openedNanos = System.nanoTime();
            try {
                Iterator<Transaction> stream = coordinator.apply(next);
                while (stream.hasNext()) {
                    take(stream.next(), change);
                }
                return last == null ? Transaction.getDefaultInstance() : last;
            } catch (StatusRuntimeException failure) {
                pause(failure, openedNanos);
                next = behindLast(request);
            }
        }
    }

    private void take(Transaction seen, Consumer<Transaction> change) {
        failures = 0;
        if (!seen.equals(last)) {
            last = seen;
            change.accept(seen);
        }
    }

    /**
     * Asks for what came after the last change. Progress that was not durable may be lost with its coordinator, and
     * other changes have the same revisions then: so behind such progress the transaction is asked for as it stands.
     */
    private WatchTransactionRequest behindLast(WatchTransactionRequest request) {
        Transaction known = last;
        if (known == null) {
            return request;
        }
        return request.toBuilder()
                .setAfterRevision(known.getAsLastSeen() ? 0 : known.getRevision())
                .build();
    }

    private void pause(StatusRuntimeException failure, long openedNanos) {
        Duration asked = Failure.pause(failure);
        boolean isBroken = last != null && failure.getStatus().getCode() == Status.Code.UNAVAILABLE;
        long now = System.nanoTime();
        if (asked == null && !isBroken) {
            throw failure;
        }
        if (failures == 0 || now - openedNanos >= patience.toNanos()) {
            failures = 0;
            giveUpNanos = now + patience.toNanos();
            broken.accept(failure);
        }
        failures++;
        Duration pause = PAUSES.waitAfter(failures, random).plus(asked == null ? Duration.ZERO : asked);
        if (now + pause.toNanos() - giveUpNanos > 0 || Thread.currentThread().isInterrupted()) {
            throw failure;
        }
        LockSupport.parkNanos(pause.toNanos());
    }
}

package dev.entente.server.api.access;

import dev.entente.server.api.wire.Errors;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Tells callers who see their own transactions alone that one is not there, at even distances from their question.
 * Whether it is another's or none, is held here, elsewhere or nowhere, makes a difference of less than one distance.
 * Thread-safe; nothing blocks.
 */
public final class EvenRefusals {
    private static final long DISTANCE_NANOS = Duration.ofMillis(25).toNanos();
    private static final Executor HERE = Runnable::run;

    private EvenRefusals() {}

    /**
     * Refuses, now or at the next even distance.
     *
     * @param beganNanos when the question came
     */
    public static void tell(Caller caller, long beganNanos, Throwable thrown, Runnable refuse) {
        if (!caller.seesOwnAlone() || caller.isForwarded() || !isNotFound(thrown)) {
            refuse.run();
            return;
        }
        long sinceLast = (System.nanoTime() - beganNanos) % DISTANCE_NANOS;
        Executor later = CompletableFuture.delayedExecutor(DISTANCE_NANOS - sinceLast, TimeUnit.NANOSECONDS, HERE);
        later.execute(refuse);
    }

    /** Tells it of what another coordinator answered, too. */
    private static boolean isNotFound(Throwable thrown) {
        return Errors.unwrap(thrown) instanceof Refusal refusal
                ? refusal.code() == ErrorCode.NOT_FOUND
                : Status.fromThrowable(thrown).getCode() == Status.Code.NOT_FOUND;
    }
}

package dev.entente.torture.load;

import dev.entente.simulation.reference.Request;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Transaction;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** One operator action, sent to one coordinator after another until one accepts or refuses the action. */
record OperatorCall(Job.Attempt attempt, BooleanSupplier mayGoOn) {
    private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();
    private static final int TRIES = 100;

    /** Returns whether the action took effect. */
    boolean take(Request request, Function<OperatorServiceBlockingStub, Transaction> act) {
        for (int i = 0; i < TRIES && mayGoOn.getAsBoolean(); i++) {
            int number = attempt.recorder().asked(attempt.gid(), request);
            try {
                var _ = act.apply(
                        attempt.fleet().coordinator(attempt.number() + i).operator());
                attempt.recorder().replied(attempt.gid(), number, true);
                return true;
            } catch (StatusRuntimeException no) {
                if (isFinal(no.getStatus())) {
                    attempt.recorder().replied(attempt.gid(), number, false);
                    return false;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        return false;
    }

    /** Returns whether the refusal is certain. After any other error the action may have taken effect, or may still. */
    private static boolean isFinal(Status status) {
        return status.getCode() == Status.Code.FAILED_PRECONDITION || status.getCode() == Status.Code.NOT_FOUND;
    }
}

package dev.entente.torture.load;

import dev.entente.simulation.reference.Request;
import dev.entente.v1.OperateRequest;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * An unnecessary operator intervention: parks a transaction for a while, or retries it.
 *
 * @param after the delay from the acceptance
 * @param pause the time from the park to the operation that lifts the park
 * @param isResumed whether a resume lifts the park, otherwise a retry
 */
record Intervention(Duration after, Duration pause, boolean isParked, boolean isResumed) implements Job.FollowUp {

    static Intervention drawn(Random random) {
        return new Intervention(
                Duration.ofMillis(random.nextInt(1500)),
                Duration.ofMillis(random.nextInt(4000)),
                random.nextInt(4) > 0,
                random.nextBoolean());
    }

    @Override
    public void run(Job.Attempt attempt, BooleanSupplier mayGoOn) {
        OperatorCall call = new OperatorCall(attempt, mayGoOn);
        OperateRequest gid = OperatorClient.about(attempt.gid());
        LockSupport.parkNanos(after.toNanos());
        if (!isParked) {
            call.take(new Request.Retry(), coordinator -> coordinator.retryTransaction(gid));
            return;
        }
        // A park without an answer may have taken effect.
        call.take(new Request.Park(), coordinator -> coordinator.parkTransaction(gid));
        LockSupport.parkNanos(pause.toNanos());
        if (isResumed) {
            call.take(new Request.Resume(), coordinator -> coordinator.resumeTransaction(gid));
        } else {
            call.take(new Request.Retry(), coordinator -> coordinator.retryTransaction(gid));
        }
    }
}

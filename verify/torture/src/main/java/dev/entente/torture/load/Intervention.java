package dev.entente.torture.load;

import dev.entente.simulation.reference.Request;
import dev.entente.v1.OperateRequest;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * An operator meddles with what needs nobody: parks it for a while, or has it retried.
 *
 * @param after from the acceptance
 * @param pause between park and what lifts it; null for no park at all
 * @param isResumed whether it is lifted by a resume, and not by a retry
 */
record Intervention(Duration after, Duration pause, boolean isParked, boolean isResumed) implements Job.Then {

    static Intervention drawn(Random random) {
        return new Intervention(
                Duration.ofMillis(random.nextInt(1500)),
                Duration.ofMillis(random.nextInt(4000)),
                random.nextInt(4) > 0,
                random.nextBoolean());
    }

    @Override
    public void run(Job.Attempt attempt, BooleanSupplier mayGoOn) {
        OperatorAct act = new OperatorAct(attempt, mayGoOn);
        OperateRequest gid = OperatorDesk.about(attempt.gid());
        LockSupport.parkNanos(after.toNanos());
        if (!isParked) {
            act.take(new Request.Retry(), desk -> desk.retryTransaction(gid));
            return;
        }
        // Who was not answered may have parked it all the same.
        act.take(new Request.Park(), desk -> desk.parkTransaction(gid));
        LockSupport.parkNanos(pause.toNanos());
        if (isResumed) {
            act.take(new Request.Resume(), desk -> desk.resumeTransaction(gid));
        } else {
            act.take(new Request.Retry(), desk -> desk.retryTransaction(gid));
        }
    }
}

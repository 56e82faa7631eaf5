package dev.entente.torture.load;

import dev.entente.client.EntenteException;
import dev.entente.simulation.reference.Request;
import dev.entente.torture.check.ClientAnswer.Event;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A client that aborts its transaction.
 *
 * @param after the delay from the acceptance
 */
record Change(Duration after) implements Job.FollowUp {
    @Override
    public void run(Job.Attempt attempt, BooleanSupplier mayGoOn) {
        LockSupport.parkNanos(after.toNanos());
        ClientRecorder recorder = attempt.recorder();
        long askedAt = ClientRecorder.now();
        recorder.sent(attempt.gid(), Event.ABORT_SENT);
        int number = recorder.asked(attempt.gid(), new Request.Abort());
        try {
            Transaction aborted = attempt.fleet()
                    .get(attempt.number())
                    .transactions()
                    .abort(attempt.gid(), "the client aborts by choice");
            recorder.received(attempt.gid(), askedAt, Event.ABORTED, ClientRecorder.standing(aborted));
            recorder.replied(attempt.gid(), number, true);
        } catch (EntenteException tooLateOrUnanswered) {
            Job.raiseIfDefect(tooLateOrUnanswered);
            // Aborted or not: the final state shows the result.
        }
    }
}

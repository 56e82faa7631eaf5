package dev.entente.torture.load;

import dev.entente.client.EntenteException;
import dev.entente.simulation.reference.Request;
import dev.entente.torture.check.ClientAnswer.What;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A client that aborts its transaction.
 *
 * @param after the delay from the acceptance
 */
record Change(Duration after) implements Job.Then {
    @Override
    public void run(Job.Attempt attempt, BooleanSupplier mayGoOn) {
        LockSupport.parkNanos(after.toNanos());
        ClientRecorder witness = attempt.witness();
        long askedAt = ClientRecorder.now();
        witness.sent(attempt.gid(), What.ABORT_SENT);
        int number = witness.asked(attempt.gid(), new Request.Abort());
        try {
            Transaction aborted = attempt.fleet()
                    .get(attempt.number())
                    .transactions()
                    .abort(attempt.gid(), "the client aborts by choice");
            witness.heard(attempt.gid(), askedAt, What.ABORTED, ClientRecorder.standing(aborted));
            witness.replied(attempt.gid(), number, true);
        } catch (EntenteException tooLateOrUnanswered) {
            Job.raiseIfDefect(tooLateOrUnanswered);
            // Aborted or not: the final state shows the result.
        }
    }
}

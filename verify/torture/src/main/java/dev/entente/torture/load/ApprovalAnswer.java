package dev.entente.torture.load;

import dev.entente.client.EntenteException;
import dev.entente.client.TransactionRefused;
import dev.entente.client.Transactions;
import dev.entente.simulation.reference.Request;
import dev.entente.torture.check.ClientAnswer.Event;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A person who answers an approval, and retries until the answer is recorded or is too late.
 *
 * @param after the delay from the acceptance
 */
record ApprovalAnswer(String step, boolean isYes, Duration after) implements Job.FollowUp {
    private static final int TRIES = 150;
    private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();
    private static final String NOT_ASKED = "ENT-045";

    @Override
    public void run(Job.Attempt attempt, BooleanSupplier mayGoOn) {
        LockSupport.parkNanos(after.toNanos());
        for (int i = 0; i < TRIES && mayGoOn.getAsBoolean(); i++) {
            long askedAt = ClientRecorder.now();
            int number = attempt.recorder().asked(attempt.gid(), new Request.Approve(step, isYes));
            try {
                Transaction decided =
                        decide(attempt.fleet().get(attempt.number() + i).transactions(), attempt.gid());
                attempt.recorder()
                        .received(
                                attempt.gid(),
                                askedAt,
                                isYes ? Event.APPROVED : Event.DISAPPROVED,
                                ClientRecorder.standing(decided));
                attempt.recorder().replied(attempt.gid(), number, true);
                return;
            } catch (TransactionRefused refused) {
                Job.raiseIfDefect(refused);
                if (!refused.retryable() && !refused.code().equals(NOT_ASKED)) {
                    return; // the approval has expired, or the transaction has finished
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            } catch (EntenteException unanswered) {
                Job.raiseIfDefect(unanswered);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private Transaction decide(Transactions transactions, String gid) {
        return isYes ? transactions.approve(gid, step, "as agreed") : transactions.reject(gid, step, "not this one");
    }
}

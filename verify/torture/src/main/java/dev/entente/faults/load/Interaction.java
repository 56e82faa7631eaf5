package dev.entente.faults.load;

import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Retry;
import dev.entente.client.TccScope;
import dev.entente.faults.check.ClientAnswer.What;
import dev.entente.faults.check.Standing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import torture.v1.MoveRequest;

/**
 * An interactive transfer: the client registers and tries both branches, then decides.
 *
 * @param child what the debit's own branch {@value #CHILD} asks for, at the other ledger; null for none
 * @param isAborted whether it changes its mind at the end
 */
record Interaction(
        String from,
        MoveRequest debit,
        String to,
        MoveRequest credit,
        @Nullable MoveRequest child,
        boolean isAborted) implements Job.Start {
    /** The name of the child's branch. */
    static final String CHILD = "debit/share";

    private static final Duration LIFE = Duration.ofSeconds(20);
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    /** The client wants no more. */
    private static final class ChangedMind extends Exception {
        private static final long serialVersionUID = 1;
    }

    @Override
    public void run(Job.Attempt attempt) throws EntenteException {
        Entente entente = attempt.fleet().get(attempt.number());
        long askedAt = ClientRecorder.now();
        try {
            var _ = entente.tcc("transfer")
                    .gid(attempt.gid())
                    .deadline(LIFE)
                    .timeout(ATTEMPT)
                    .retry(RETRY)
                    .execute(scope -> {
                        attempt.accepted(askedAt, Standing.OPEN);
                        tryBoth(entente, scope);
                        if (isAborted) {
                            attempt.witness().sent(attempt.gid(), What.ABORT_SENT);
                            throw new ChangedMind();
                        }
                        attempt.witness().sent(attempt.gid(), What.COMMIT_SENT);
                        return attempt.gid();
                    });
            attempt.witness().heard(attempt.gid(), askedAt, What.COMMITTED, Standing.OPEN);
        } catch (ChangedMind asMeant) {
            abortUnlessHeard(entente, attempt.gid(), asMeant);
        } catch (EntenteException failed) {
            abortUnlessHeard(entente, attempt.gid(), failed);
            throw failed;
        }
    }

    /**
     * The SDK asks for the abort for as long as one attempt of a call may take; unanswered, it hangs that on what it
     * throws.
     */
    private static void abortUnlessHeard(Entente entente, String gid, Exception why) {
        if (why.getSuppressed().length > 0) {
            try {
                var _ = entente.transactions().abort(gid, "said again");
            } catch (EntenteException unanswered) {
                Job.raiseIfDefect(unanswered);
                // Whether the abort was heard is not known: the deadline does it else.
            }
        }
    }

    private void tryBoth(Entente entente, TccScope scope) {
        Moves out = new Moves(entente.participant(from), debit);
        Moves in = new Moves(entente.participant(to), credit);
        var _ = scope.tryBranch("debit", out.move(), out::back, out.back());
        if (child != null) {
            Moves share = new Moves(entente.participant(to), child);
            var _ = scope.nested("debit").tryBranch("share", share.move(), share::back, share.back());
        }
        var _ = scope.tryBranch("credit", in.move(), in::back, in.back());
    }
}

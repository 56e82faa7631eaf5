package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The consequence that an act would have now, up to the next answer of a participant or the next point in time. Found by
 * the decider that runs transactions, on a copy. Nothing leaves and nothing is written.
 *
 * @param revision the history's size at which the act is looked at; the act is bound to the preview by it
 * @param underWay calls that may be under way already, by branch
 * @param refused why the act is refused, or null
 * @param isPutOff whether the act waits, for calls under way or for those of an owner that died, before it is decided
 * @param calls those that leave at once, in their order
 * @param turns deliveries, by branch, of which the engine looks whether it is their turn; their calls may leave then
 * @param after the transaction then
 * @param nextAt when it goes on by itself, or the act is looked at again; null where only an answer or an act lets it
 */
public record Preview(
        int revision,
        List<Sent> underWay,
        @Nullable Refusal refused,
        boolean isPutOff,
        List<Effect.Call> calls,
        List<Integer> turns,
        GlobalTransaction after,
        @Nullable Instant nextAt) {

    /**
     * A call that may be under way.
     *
     * @param attempt from 1; 0 of a call that an owner may have made before it died
     * @param until when it is over at the latest, of such a call; else null
     */
    public record Sent(
            int branch, Role role, int attempt, @Nullable Instant until) {}

    /**
     * Looks what the act would do.
     *
     * @param opening what happens to the transaction before any act, as when its row is taken; or null
     * @param decider that which runs transactions
     */
    public static Preview of(
            GlobalTransaction transaction, @Nullable Event opening, Act act, Instant now, Decide decider) {
        return new Rehearsal(transaction, act, now, decider).play(opening);
    }

    /** Lists the calls that may be under way. */
    static List<Sent> underWay(GlobalTransaction transaction, Instant now) {
        Takeovers takeovers = Takeovers.of(transaction.progress().history());
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < transaction.progress().branches().size(); i++) {
            BranchProgress branch = transaction.progress().branch(i);
            if (branch.isInFlight()) {
                sent.add(new Sent(i, branch.role(), branch.attempts() + 1, null));
            }
            for (Role role : Role.values()) {
                Instant until = until(takeovers, transaction.plan().branches().get(i), branch, role);
                if (until != null && until.isAfter(now)) {
                    sent.add(new Sent(i, role, 0, until));
                }
            }
        }
        return List.copyOf(sent);
    }

    private static @Nullable Instant until(Takeovers takeovers, Branch plan, BranchProgress branch, Role role) {
        if (role == Role.FORWARD) {
            return takeovers.untilUnanswered(plan, branch);
        }
        return role == branch.role() && !branch.state().isSettled() ? takeovers.until(plan, role) : null;
    }
}

package dev.entente.core.decision;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
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
 * @param isIdle whether the act would change nothing
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
        boolean isIdle,
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

    /** Returns what an act meets behind another one that waits for calls: it is decided when that one was answered. */
    public static Preview behindAnother(GlobalTransaction transaction, Instant now) {
        int revision = transaction.progress().revision();
        List<Sent> underWay = underWay(transaction, now);
        return new Preview(revision, underWay, null, true, false, List.of(), List.of(), transaction, null);
    }

    /** Returns the same with another time at which it goes on. */
    public Preview at(@Nullable Instant next) {
        return new Preview(revision, underWay, refused, isPutOff, isIdle, calls, turns, after, next);
    }

    /** Lists the calls that may be under way: ours, and those of owners that died. */
    private static List<Sent> underWay(GlobalTransaction transaction, Instant now) {
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < transaction.progress().branches().size(); i++) {
            BranchProgress branch = transaction.progress().branch(i);
            if (branch.isInFlight()) {
                sent.add(new Sent(i, branch.role(), branch.attempts() + 1, null));
            }
        }
        UnderWay.ofDeadOwners(transaction.plan(), transaction.progress(), now)
                .forEach(call -> sent.add(new Sent(call.branch(), call.role(), 0, call.until())));
        sent.sort(Comparator.comparingInt(Sent::branch));
        return List.copyOf(sent);
    }

    /**
     * One act on a copy of a transaction. Brings the events that the engine would bring at once, where each write succeeds:
     * what opens the transaction, the act, writes that are done, the act again where it was put off.
     */
    private static final class Rehearsal {
        /** Far more than any act takes: each write lets one more thing of the plan happen. */
        private static final int MOST_EVENTS = 10_000;

        private final Act act;
        private final Instant now;
        private final Decide decider;
        private final List<Effect.Call> calls = new ArrayList<>();
        private final List<Integer> turns = new ArrayList<>();
        private GlobalTransaction at;
        private boolean isOffered;
        private int revision;
        private List<Sent> underWay = List.of();
        private @Nullable Refusal refused;
        private boolean isPutOff;
        private boolean isIdle;
        private int awaitedRevision;
        private @Nullable Instant nextAt;

        Rehearsal(GlobalTransaction transaction, Act act, Instant now, Decide decider) {
            this.at = transaction;
            this.act = act;
            this.now = now;
            this.decider = decider;
        }

        Preview play(@Nullable Event opening) {
            Event event = opening == null ? offer() : opening;
            for (int i = 0; event != null; i++) {
                if (i == MOST_EVENTS) {
                    throw new IllegalStateException("'" + at.gid() + "' does not come to rest in a preview of " + act);
                }
                step(event);
                event = next(event);
            }
            leave();
            return new Preview(
                    revision, underWay, refused, isPutOff, isIdle, List.copyOf(calls), List.copyOf(turns), at, nextAt);
        }

        private Event offer() {
            isOffered = true;
            revision = at.progress().revision();
            underWay = underWay(at, now);
            return new Event.Acted(act, null);
        }

        private void step(Event event) {
            isPutOff &= !(event instanceof Event.Acted);
            nextAt = null;
            Decision decision = decider.decide(at, event, now, 0);
            at = decision.next();
            for (Effect effect : decision.effects()) {
                switch (effect) {
                    case Effect.Call call -> calls.add(call);
                    case Effect.AwaitTurn await -> turns.add(await.branch());
                    case Effect.Rest rest -> nextAt = rest.dueAt();
                    case Effect.Wake wake ->
                        nextAt = nextAt == null || wake.at().isBefore(nextAt) ? wake.at() : nextAt;
                    case Effect.Defer _ -> isPutOff = true;
                    case Effect.Refuse refuse -> refused = refuse.refusal();
                    case Effect.Recorded recorded -> {
                        awaitedRevision = recorded.revision();
                        isIdle = recorded.isIdle();
                    }
                    case Effect.Flush _, Effect.Finish _ -> {}
                }
            }
        }

        /** As a mailbox does: an act follows a row that leaves to where it goes. */
        private @Nullable Event next(Event last) {
            if (!isOffered) {
                leave();
                return offer();
            }
            Custody custody = at.custody();
            if (custody.isLeaving()) {
                return null;
            }
            boolean isAct = last instanceof Event.Acted;
            if (isPutOff && !isAct) {
                return new Event.Acted(act, now);
            }
            if (custody.isWriting()) {
                return new Event.Written(custody.rev() + 1);
            }
            boolean isVolatile = awaitedRevision > custody.durableRevision();
            return isVolatile && !(last instanceof Event.FlushDue) ? new Event.FlushDue() : null;
        }

        private void leave() {
            Custody custody = at.custody();
            if (custody.isLeaving()) {
                at = at.with(Custody.unheld(custody.rev() + 1, custody.write().revision()));
            }
        }
    }
}

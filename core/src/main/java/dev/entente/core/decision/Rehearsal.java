package dev.entente.core.decision;

import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One act on a copy of a transaction. Brings the events that the engine would bring at once, where each write succeeds:
 * what opens the transaction, the act, writes that are done, the act again where it was put off.
 */
final class Rehearsal {
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
    private List<Preview.Sent> underWay = List.of();
    private @Nullable Refusal refused;
    private boolean isPutOff;
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
        return new Preview(revision, underWay, refused, isPutOff, List.copyOf(calls), List.copyOf(turns), at, nextAt);
    }

    private Event offer() {
        isOffered = true;
        revision = at.progress().revision();
        underWay = Preview.underWay(at, now);
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
                case Effect.Wake wake -> nextAt = nextAt == null || wake.at().isBefore(nextAt) ? wake.at() : nextAt;
                case Effect.Defer _ -> isPutOff = true;
                case Effect.Refuse refuse -> refused = refuse.refusal();
                case Effect.Recorded recorded -> awaitedRevision = recorded.revision();
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

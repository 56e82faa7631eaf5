package dev.entente.server.telemetry;

import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.VisibleText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A log line about one event of a transaction, without a payload.
 *
 * @param branch empty for an event of the complete transaction
 */
record DebugLine(String branch, String text) {
    private static final int LONGEST_DETAIL = 300;

    /**
     * Returns the lines of an event.
     *
     * @param isFirst whether the event is the first event here
     * @param took the time of the call that has ended
     */
    static List<DebugLine> of(
            GlobalTransaction before, Event event, Decision decision, boolean isFirst, Duration took) {
        GlobalTransaction after = decision.next();
        List<DebugLine> lines = new ArrayList<>();
        List<HistoryEvent> history = after.progress().history().events();
        int known = before.progress().history().size();
        if (isFirst && (known == 1 || TransactionTimes.isAcceptance(event))) {
            history.subList(0, known).forEach(one -> lines.add(fact(after, one)));
        }
        if (event instanceof Event.Claimed claimed) {
            lines.add(line(after, "CLAIMED", -1, Role.FORWARD, "by incarnation " + claimed.incarnation()));
        } else if (event instanceof Event.CallFinished call) {
            int attempt = before.progress().branch(call.branch()).attempts() + 1;
            Object next = after.progress().branch(call.branch()).nextAttemptAt();
            String rest = "attempt " + attempt + " " + CallMeters.label(call.outcome()) + " after " + took.toMillis()
                    + " ms " + shown(call.outcome().detail()) + (next == null ? "" : "; next attempt at " + next);
            lines.add(line(after, "CALL_FINISHED", call.branch(), call.role(), rest));
        }
        history.subList(known, history.size()).stream()
                .filter(one -> !(one.fact() instanceof Fact.Called))
                .forEach(one -> lines.add(fact(after, one)));
        for (Effect effect : decision.effects()) {
            if (effect instanceof Effect.Call call) {
                String rest =
                        "attempt " + call.attempt() + " to " + call.target().participant();
                lines.add(line(after, "CALL", call.branch(), call.role(), rest));
            } else if (effect instanceof Effect.Release(Object due) && due != null) {
                lines.add(line(after, "RESTS", -1, Role.FORWARD, "until " + due));
            }
        }
        return lines;
    }

    private static DebugLine fact(GlobalTransaction after, HistoryEvent event) {
        Fact fact = event.fact();
        String reason = switch (fact) {
            case Fact.Decided decided when decided.reason() != null -> decided.reason() + " ";
            case Fact.Parked parked -> parked.reason() + " ";
            default -> "";
        };
        String actor = fact instanceof Fact.ByActor by && !by.actor().isEmpty() ? " by " + shown(by.actor()) : "";
        String rest = reason + shown(fact.detail()) + actor;
        return fact instanceof Fact.OfBranch one
                ? line(after, event.kind().name(), one.branch(), one.role(), rest)
                : line(after, event.kind().name(), -1, Role.FORWARD, rest);
    }

    private static DebugLine line(GlobalTransaction after, String what, int branch, Role role, String rest) {
        Plan plan = after.plan();
        boolean isKnown = branch >= 0 && branch < plan.branches().size();
        String id = isKnown ? plan.branches().get(branch).shownId() : "";
        String call = isKnown ? id + " " + plan.operationName(branch, role) + " " : "";
        String text = VisibleText.of(after.gid()) + " " + what + " " + call + rest;
        return new DebugLine(id, text.strip() + ", now " + after.state());
    }

    private static String shown(String detail) {
        return VisibleText.of(detail.length() <= LONGEST_DETAIL ? detail : detail.substring(0, LONGEST_DETAIL) + "…");
    }
}

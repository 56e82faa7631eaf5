package dev.entente.server.api;

import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Plan;
import dev.entente.v1.Call;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;

/**
 * Converts the history of one transaction for clients. All kinds of events share one message, in which most fields are
 * empty.
 */
final class HistoryView {
    private final Plan plan;
    private final Peers peers;

    HistoryView(Plan plan, Peers peers) {
        this.plan = plan;
        this.peers = peers;
    }

    /**
     * Adds one event to the transaction.
     *
     * @param revision the event's number, from 1
     */
    void add(Transaction.Builder transaction, HistoryEvent event, int revision) {
        Fact fact = event.fact();
        var shown = transaction
                .addHistoryBuilder()
                .setRevision(revision)
                .setTime(Times.proto(event.time()))
                .setKind(event.kind().name())
                .setStateAfterValue(event.stateAfter().code())
                .setOutcome(outcome(fact.outcome()))
                .setActor(actor(fact))
                .setDetail(fact.detail());
        if (fact instanceof Fact.Called call) {
            shown.setAttempt(call.attempt()).setChildLeftOut(isChildLeftOut(call));
        }
        if (fact instanceof Fact.Parked parked) {
            shown.setParkReasonValue(parked.reason().code());
        }
        if (fact instanceof Fact.OfBranch one) {
            shown.setOp(operationName(one));
            if (isKnown(one)) {
                shown.setBranch(plan.branches().get(one.branch()).shownId());
            }
        }
        long incarnation = incarnation(fact);
        if (incarnation != 0) {
            shown.setNode(peers.node(incarnation));
        }
    }

    /** Returns the incarnation of the coordinator in the fact, or 0. */
    static long incarnation(Fact fact) {
        return switch (fact) {
            case Fact.Accepted accepted -> accepted.incarnation();
            case Fact.Adopted adopted -> adopted.incarnation();
            case Fact.OfBranch _, Fact.ByActor _, Fact.Started _ -> 0;
        };
    }

    private boolean isKnown(Fact.OfBranch one) {
        return one.branch() >= 0 && one.branch() < plan.branches().size();
    }

    private String operationName(Fact.OfBranch one) {
        return isKnown(one)
                ? plan.operationName(one.branch(), one.role())
                : plan.pattern().operationName(one.role());
    }

    /** Returns the actor. For an accept this is the submitter, which is stored in the plan and not in the event. */
    private String actor(Fact fact) {
        return switch (fact) {
            case Fact.Accepted _ -> plan.submitter() == null ? "" : plan.submitter();
            case Fact.ByActor acted -> acted.actor();
            case Fact.OfBranch _, Fact.Started _, Fact.Adopted _ -> "";
        };
    }

    private static boolean isChildLeftOut(Fact.Called call) {
        return call.consequence() instanceof Consequence.CausesUndo causesUndo && causesUndo.isChildLeftOut();
    }

    private static Call.Outcome outcome(int code) {
        Call.Outcome outcome = Call.Outcome.forNumber(code);
        return outcome == null ? Call.Outcome.OUTCOME_UNSPECIFIED : outcome;
    }
}

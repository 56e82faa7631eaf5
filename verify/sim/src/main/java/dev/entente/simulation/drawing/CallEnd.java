package dev.entente.simulation.drawing;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import org.jspecify.annotations.Nullable;

/** The last word on an operation of a branch, as docs/patterns/rules.md names them. */
public enum CallEnd {
    SUCCEEDED,
    /** A no that can be believed. */
    REJECTED,
    /** A no that cannot. */
    FAILED,
    /** No answer up to the limit of attempts; of an approval: none in time. */
    EXHAUSTED,
    /** Its completion succeeded. */
    COMPLETED,
    /** Its undo succeeded. */
    UNDONE;

    /** Returns the word that a fact puts on record, or null where it is none yet. */
    public static @Nullable CallEnd of(Fact fact) {
        return switch (fact) {
            case Fact.Called call -> finished(call);
            case Fact.ApprovalDecided answer -> answer.isApproved() ? SUCCEEDED : REJECTED;
            case Fact.ApprovalExpired expiry -> expiry.decision() == Approval.Expiry.APPROVE ? SUCCEEDED : EXHAUSTED;
            case Fact.Accepted _,
                    Fact.Registered _,
                    Fact.Started _,
                    Fact.PivotCalled _,
                    Fact.Decided _,
                    Fact.Parked _,
                    Fact.Unparked _,
                    Fact.Retried _,
                    Fact.Resumed _,
                    Fact.Resolved _,
                    Fact.Adopted _,
                    Fact.Finished _,
                    Fact.ApprovalAsked _,
                    Fact.Dropped _ -> null;
        };
    }

    private static @Nullable CallEnd finished(Fact.Called call) {
        boolean isOk = call.outcome() == Outcome.SUCCEEDED;
        return switch (call.role()) {
            case FORWARD -> forward(call);
            case COMPLETION -> isOk ? COMPLETED : null;
            case UNDO -> isOk ? UNDONE : null;
        };
    }

    private static @Nullable CallEnd forward(Fact.Called call) {
        boolean isFinal = isFinal(call.consequence());
        if (call.outcome() == Outcome.SUCCEEDED) {
            return SUCCEEDED;
        }
        if (call.outcome() == Outcome.REJECTED && call.consequence().isTrusted()) {
            return REJECTED;
        }
        if (isFinal && call.outcome() == Outcome.UNKNOWN) {
            return EXHAUSTED;
        }
        boolean isNo = call.outcome() == Outcome.REJECTED || call.outcome() == Outcome.FAILED;
        return isFinal && isNo ? FAILED : null;
    }

    private static boolean isFinal(Consequence consequence) {
        return switch (consequence) {
            case Consequence.Turns _, Consequence.Stuck _ -> true;
            case Consequence.None _, Consequence.NothingToUndo _ -> false;
        };
    }
}

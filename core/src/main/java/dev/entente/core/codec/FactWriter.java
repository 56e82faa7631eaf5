package dev.entente.core.codec;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.stored.v1.History;
import dev.entente.stored.v1.Remark;
import org.jspecify.annotations.Nullable;

/** Flattens a fact into the columns of a stored history. Each fact fills each column; most values are zero. */
final class FactWriter {
    private final History.Builder columns;
    private Remark.@Nullable Builder remark;
    private int outcome;
    private int marks;
    private int attempt;

    private FactWriter(History.Builder columns) {
        this.columns = columns;
    }

    /** Appends the fact to all columns except kind, state and time. */
    static void write(Fact fact, History.Builder columns) {
        FactWriter writer = new FactWriter(columns);
        writer.flatten(fact);
        writer.append(fact instanceof Fact.OfBranch one ? one : null);
    }

    private void append(Fact.@Nullable OfBranch one) {
        int role = one == null ? 0 : StoredCodes.of(one.role()) + 1;
        columns.addBranch(one == null ? 0 : one.branch() + 1);
        columns.addCall(role + HistoryCodec.OUTCOME_PLACE * outcome + HistoryCodec.MARKS_PLACE * marks);
        columns.addAttempt(attempt);
    }

    private void flatten(Fact fact) {
        switch (fact) {
            case Fact.Accepted accepted -> incarnation(accepted.incarnation());
            case Fact.Adopted adopted -> incarnation(adopted.incarnation());
            case Fact.Registered _ -> text("", fact.detail());
            case Fact.Called call -> called(call);
            case Fact.Decided decided -> reason(decided.reason()).text(decided.actor(), decided.detail());
            case Fact.Parked parked -> reason(parked.reason()).text(parked.actor(), parked.detail());
            case Fact.Unparked _, Fact.Retried _, Fact.Resumed _, Fact.Dropped _ ->
                text(((Fact.ByActor) fact).actor(), fact.detail());
            case Fact.Resolved resolved -> resolved(resolved);
            case Fact.Finished finished -> reason(finished.reason()).text(finished.actor(), finished.detail());
            case Fact.ApprovalDecided answer -> answered(answer);
            case Fact.ApprovalExpired expiry -> expired(expiry);
            case Fact.Started _, Fact.PivotCalled _, Fact.ApprovalAsked _ -> {}
        }
    }

    private void called(Fact.Called call) {
        attempt = call.attempt();
        outcome = call.outcome();
        marks = CallMarks.of(call.consequence());
        if (call.consequence() instanceof Consequence.Stuck stuck) {
            reason(stuck.reason());
        }
        text("", call.detail());
        if (!call.rejection().isEmpty()) {
            remark().setRejection(call.rejection());
        }
    }

    private void resolved(Fact.Resolved resolved) {
        marks = resolved.isResponseOnly() ? CallMarks.RESPONSE_ONLY : 0;
        text(resolved.actor(), StoredCodes.of(resolved.truth()));
        if (!resolved.reason().isEmpty()) {
            remark().setStatedBecause(resolved.reason());
        }
    }

    private void answered(Fact.ApprovalDecided answer) {
        outcome = answer.isApproved() ? Outcome.SUCCEEDED : Outcome.REJECTED;
        text(answer.actor(), answer.detail());
    }

    private void expired(Fact.ApprovalExpired expiry) {
        outcome = Outcome.UNKNOWN;
        marks = CallMarks.of(expiry.decision());
        if (expiry.decision() == Approval.Expiry.PARK) {
            reason(ParkReason.APPROVAL_TIMED_OUT);
        }
        text("", expiry.detail());
    }

    private void incarnation(long incarnation) {
        if (incarnation != 0) {
            remark().setIncarnation(incarnation);
        }
    }

    private FactWriter reason(@Nullable AbortReason reason) {
        if (reason != null) {
            remark().setReason(reason.code());
        }
        return this;
    }

    private FactWriter reason(ParkReason reason) {
        remark().setReason(reason.code());
        return this;
    }

    private void text(String actor, String detail) {
        if (!actor.isEmpty() || !detail.isEmpty()) {
            remark().setActor(actor).setDetail(detail);
        }
    }

    /** Creates the remark of this fact on first use. Most facts have no remark. */
    private Remark.Builder remark() {
        Remark.Builder begun = remark;
        if (begun == null) {
            begun = columns.addRemarksBuilder().setEvent(columns.getBranchCount());
            remark = begun;
        }
        return begun;
    }
}

package dev.entente.core.codec;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.stored.v1.HistoryOrBuilder;
import dev.entente.stored.v1.Remark;
import org.jspecify.annotations.Nullable;

/** Reads one fact from the columns of a stored history. Each kind of fact has its own columns. */
final class FactReader {
    private static final int ROLE_MASK = 3;
    private static final int OUTCOME_MASK = 7;

    private final HistoryOrBuilder columns;
    private final int index;
    private final Remark remark;

    /** @param remark on that event; the default instance if there is none */
    FactReader(HistoryOrBuilder columns, int index, Remark remark) {
        this.columns = columns;
        this.index = index;
        this.remark = remark;
    }

    /** May throw IllegalArgumentException or IndexOutOfBoundsException on damaged columns. */
    Fact fact(HistoryKind kind) {
        return switch (kind) {
            case ACCEPTED -> new Fact.Accepted(remark.getIncarnation());
            case BRANCH_REGISTERED -> new Fact.Registered(branch(), remark.getDetail());
            case STARTED -> new Fact.Started();
            case CALL_FINISHED -> called();
            case PIVOT_CALLED -> new Fact.PivotCalled(branch());
            case DECIDED -> new Fact.Decided(abortReason(), remark.getActor(), remark.getDetail());
            case PARKED -> new Fact.Parked(ParkReason.of(remark.getReason()), remark.getActor(), remark.getDetail());
            case UNPARKED -> new Fact.Unparked(remark.getActor(), remark.getDetail());
            case RETRIED -> new Fact.Retried(remark.getActor(), remark.getDetail());
            case RESUMED -> new Fact.Resumed(remark.getActor(), remark.getDetail());
            case RESOLVED -> resolved();
            case ADOPTED -> new Fact.Adopted(remark.getIncarnation());
            case FINISHED -> new Fact.Finished(abortReason(), remark.getActor(), remark.getDetail());
            case APPROVAL_ASKED -> new Fact.ApprovalAsked(branch());
            case APPROVAL_DECIDED -> answered();
            case APPROVAL_EXPIRED -> new Fact.ApprovalExpired(branch(), CallMarks.expiry(marks()), remark.getDetail());
            case DROPPED -> new Fact.Dropped(branch(), remark.getActor(), remark.getDetail());
        };
    }

    private Fact called() {
        return new Fact.Called(
                branch(),
                role(),
                columns.getAttempt(index),
                outcome(),
                CallMarks.consequence(marks(), remark.getReason()),
                remark.getDetail(),
                remark.getRejection());
    }

    private Fact resolved() {
        boolean isResponseOnly = (marks() & CallMarks.RESPONSE_ONLY) != 0;
        return new Fact.Resolved(
                branch(),
                role(),
                StoredCodes.truth(remark.getDetail()),
                isResponseOnly,
                remark.getActor(),
                remark.getStatedBecause());
    }

    private Fact answered() {
        return new Fact.ApprovalDecided(
                branch(), outcome() == Outcome.SUCCEEDED, remark.getActor(), remark.getDetail());
    }

    private @Nullable AbortReason abortReason() {
        return ProgressCodec.abortReason(remark.getReason());
    }

    private int branch() {
        return columns.getBranch(index) - 1;
    }

    private Role role() {
        return StoredCodes.role((columns.getCall(index) & ROLE_MASK) - 1);
    }

    private int outcome() {
        return (columns.getCall(index) / HistoryCodec.OUTCOME_PLACE) & OUTCOME_MASK;
    }

    private int marks() {
        return columns.getCall(index) / HistoryCodec.MARKS_PLACE;
    }
}

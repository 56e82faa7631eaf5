package dev.entente.lab.sim;

import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Role;
import org.jspecify.annotations.Nullable;

/** The last word on an operation of a branch, as docs/patterns/rules.md names them. */
enum CallEnd {
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

    private static final int FINAL = HistoryEvent.TURNS | HistoryEvent.STUCK;

    /** Returns the word that a fact puts on record, or null where it is none yet. */
    static @Nullable CallEnd of(HistoryEvent event) {
        return switch (event.kind()) {
            case CALL_FINISHED -> event.role() == null ? null : finished(event, event.role());
            case APPROVAL_DECIDED -> event.outcomeCode() == Outcome.SUCCEEDED ? SUCCEEDED : REJECTED;
            case APPROVAL_EXPIRED -> (event.flags() & FINAL) == 0 ? SUCCEEDED : EXHAUSTED;
            case ACCEPTED,
                    BRANCH_REGISTERED,
                    STARTED,
                    PIVOT_CALLED,
                    DECIDED,
                    PARKED,
                    UNPARKED,
                    RETRIED,
                    RESUMED,
                    RESOLVED,
                    ADOPTED,
                    FINISHED,
                    APPROVAL_ASKED,
                    DROPPED -> null;
        };
    }

    private static @Nullable CallEnd finished(HistoryEvent event, Role role) {
        return switch (role) {
            case FORWARD -> forward(event);
            case COMPLETION -> event.outcomeCode() == Outcome.SUCCEEDED ? COMPLETED : null;
            case UNDO -> event.outcomeCode() == Outcome.SUCCEEDED ? UNDONE : null;
        };
    }

    private static @Nullable CallEnd forward(HistoryEvent event) {
        boolean isFinal = (event.flags() & FINAL) != 0;
        if (event.outcomeCode() == Outcome.SUCCEEDED) {
            return SUCCEEDED;
        }
        if (event.outcomeCode() == Outcome.REJECTED && (event.flags() & HistoryEvent.TRUSTED) != 0) {
            return REJECTED;
        }
        if (isFinal && event.outcomeCode() == Outcome.UNKNOWN) {
            return EXHAUSTED;
        }
        boolean isNo = event.outcomeCode() == Outcome.REJECTED || event.outcomeCode() == Outcome.FAILED;
        return isFinal && isNo ? FAILED : null;
    }
}

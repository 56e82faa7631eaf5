package dev.entente.server.console.drawing;

import dev.entente.server.codec.wording.StateText;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.Locale;
import java.util.Set;

/** The status of an item. Each status has its own colour and its own sign, which is sufficient without the colour. */
public enum StatusStyle {
    CALM("\u25cb"),
    RUN("\u25b8"),
    WAIT("\u25d4"),
    GOOD("\u2713"),
    BACK("\u21b6"),
    BAD("\u2717");

    private static final Set<String> UNDOS = Set.of("compensate", "cancel", "rollback");

    private final String sign;

    StatusStyle(String sign) {
        this.sign = sign;
    }

    public String sign() {
        return sign;
    }

    public String css() {
        return "tone-" + name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether an operation, by its name in the API, is an undo. */
    public static boolean isUndo(String op) {
        return UNDOS.contains(op);
    }

    public static StatusStyle of(BranchStatus branch) {
        return switch (branch.getState()) {
            case PENDING ->
                branch.getNotSent().isEmpty() && branch.getBlockedBy().isEmpty() ? CALM : RUN;
            case SKIPPED, STATE_UNSPECIFIED, UNRECOGNIZED -> CALM;
            case CALLED -> of(branch.getLastOutcome()) == BAD ? BAD : RUN;
            case AWAITING_APPROVAL -> WAIT;
            // The last call may be an undo or a completion that fails now.
            case DONE -> of(branch.getLastOutcome()) == BAD ? BAD : isUndo(branch.getCurrentOp()) ? WAIT : GOOD;
            case CONFIRMED, RESOLVED -> GOOD;
            case UNDONE -> BACK;
            case REJECTED, FAILED -> BAD;
        };
    }

    static StatusStyle of(Call.Outcome outcome) {
        return switch (outcome) {
            case OK -> GOOD;
            case REJECTED, FAILED, MISCONFIGURED, UNKNOWN -> BAD;
            case IN_PROGRESS -> RUN;
            case OUTCOME_UNSPECIFIED, UNRECOGNIZED -> CALM;
        };
    }

    /**
     * Returns the style of an event. A finish has the style {@link #WAIT} if the state needs details: forced, parked,
     * or with skipped branches.
     */
    public static StatusStyle of(HistoryEvent event, Transaction transaction) {
        if (event.getKind().equals("FINISHED") && !StateText.isPlain(transaction)) {
            return WAIT;
        }
        return switch (event.getKind()) {
            case "CALL_FINISHED", "APPROVAL_DECIDED" ->
                event.getOutcome() == Call.Outcome.OK && isUndo(event.getOp()) ? BACK : of(event.getOutcome());
            case "APPROVAL_ASKED", "ADOPTED", "RETRIED", "RESUMED", "RESOLVED", "UNPARKED" -> WAIT;
            case "APPROVAL_EXPIRED", "PARKED", "DROPPED" -> BAD;
            case "DECIDED", "FINISHED" ->
                switch (event.getStateAfter()) {
                    case UNDOING, ABORTED -> BACK;
                    case GIVEN_UP -> BAD;
                    default -> GOOD;
                };
            default -> CALM;
        };
    }
}

package dev.entente.server.console.part;

import dev.entente.server.codec.wording.StateText;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Transaction;

/** A state as a short text. The tone determines the colour and the sign; the text is sufficient without them. */
public record Badge(StatusStyle tone, String text) {
    /** Returns the badge of a transaction. The state's name determines the tone only if the name needs no details. */
    public static Badge of(Transaction transaction, Texts texts) {
        StatusStyle tone = StateText.isPlain(transaction)
                ? of(transaction.getState(), texts).tone()
                : transaction.hasParked() ? StatusStyle.BAD : StatusStyle.WAIT;
        return new Badge(tone, StateText.of(transaction, texts.words().inWords()));
    }

    public static Badge of(Transaction.State state, Texts texts) {
        StatusStyle tone = switch (state) {
            case BEGUN, SCHEDULED -> StatusStyle.WAIT;
            case RUNNING, COMPLETING -> StatusStyle.RUN;
            case UNDOING, ABORTED -> StatusStyle.BACK;
            case SUCCEEDED -> StatusStyle.GOOD;
            case GIVEN_UP -> StatusStyle.BAD;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> StatusStyle.CALM;
        };
        return new Badge(tone, texts.word("state", state));
    }

    public static Badge of(BranchStatus branch, Texts texts) {
        StatusStyle tone = StatusStyle.of(branch);
        // The branch is done, and its undo or its completion fails.
        boolean isStuck = branch.getState() == BranchStatus.State.DONE && tone == StatusStyle.BAD;
        boolean isOwed = branch.getState() == BranchStatus.State.DONE && tone == StatusStyle.WAIT;
        String state = isOwed ? texts.of("branch.owed.undo") : texts.word("branch", branch.getState());
        boolean isUndo = StatusStyle.isUndo(branch.getCurrentOp());
        String stuck = branch.getLastOutcome() == Call.Outcome.UNKNOWN
                ? isUndo ? "branch.unanswered.undo" : "branch.unanswered.completion"
                : isUndo ? "branch.stuck.undo" : "branch.stuck.completion";
        return new Badge(tone, isStuck ? texts.of(stuck) : state);
    }

    /** Returns the badge of a participant's circuit breaker, by the API's name of the circuit's state. */
    public static Badge ofCircuit(String circuit, Texts texts) {
        return switch (circuit) {
            case "open" -> new Badge(StatusStyle.BAD, texts.of("circuit.open"));
            case "half-open" -> new Badge(StatusStyle.WAIT, texts.of("circuit.half-open"));
            case "closed" -> new Badge(StatusStyle.GOOD, texts.of("circuit.closed"));
            default -> new Badge(StatusStyle.CALM, circuit);
        };
    }
}

package dev.entente.server.console.part;

import dev.entente.server.codec.wording.StateWords;
import dev.entente.server.console.drawing.Tone;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Transaction;

/** A state as a short text. The tone determines the colour and the sign; the text is sufficient without them. */
public record Badge(Tone tone, String text) {
    /** Returns the badge of a transaction. The state's name determines the tone only if the name needs no details. */
    public static Badge of(Transaction transaction, Texts texts) {
        Tone tone = StateWords.isPlain(transaction)
                ? of(transaction.getState(), texts).tone()
                : transaction.hasParked() ? Tone.BAD : Tone.WAIT;
        return new Badge(tone, StateWords.of(transaction, texts.words().inWords()));
    }

    public static Badge of(Transaction.State state, Texts texts) {
        Tone tone = switch (state) {
            case BEGUN, SCHEDULED -> Tone.WAIT;
            case RUNNING, COMPLETING -> Tone.RUN;
            case UNDOING, ABORTED -> Tone.BACK;
            case SUCCEEDED -> Tone.GOOD;
            case GIVEN_UP -> Tone.BAD;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> Tone.CALM;
        };
        return new Badge(tone, texts.word("state", state));
    }

    public static Badge of(BranchStatus branch, Texts texts) {
        Tone tone = Tone.of(branch);
        // The branch is done, and its undo or its completion fails.
        boolean isStuck = branch.getState() == BranchStatus.State.DONE && tone == Tone.BAD;
        boolean isUndo = Tone.isUndo(branch.getCurrentOp());
        String stuck = branch.getLastOutcome() == Call.Outcome.UNKNOWN
                ? isUndo ? "branch.unanswered.undo" : "branch.unanswered.completion"
                : isUndo ? "branch.stuck.undo" : "branch.stuck.completion";
        return new Badge(tone, isStuck ? texts.of(stuck) : texts.word("branch", branch.getState()));
    }

    /** Returns the badge of a participant's circuit breaker, by the API's name of the circuit's state. */
    public static Badge ofCircuit(String circuit, Texts texts) {
        return switch (circuit) {
            case "open" -> new Badge(Tone.BAD, texts.of("circuit.open"));
            case "half-open" -> new Badge(Tone.WAIT, texts.of("circuit.half-open"));
            case "closed" -> new Badge(Tone.GOOD, texts.of("circuit.closed"));
            default -> new Badge(Tone.CALM, circuit);
        };
    }
}

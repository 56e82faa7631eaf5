package dev.entente.server.console.part;

import dev.entente.server.codec.wording.StateWords;
import dev.entente.server.console.drawing.Tone;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Transaction;
import java.util.Locale;

/**
 * A state in one word. Its tone chooses colour and sign; the word alone says all.
 *
 * @param tone part of a class name: {@code run}, {@code good}, {@code bad}, {@code back}, {@code wait} or {@code calm}
 */
public record Badge(String tone, String text) {
    /** Returns the sign that stands in front of it, and in pictures. */
    public String sign() {
        return Tone.valueOf(tone.toUpperCase(Locale.ROOT)).sign();
    }

    /** Returns that of a transaction; an end that is not what the word alone says has another tone. */
    public static Badge of(Transaction transaction, Texts texts) {
        String tone = StateWords.isPlain(transaction)
                ? of(transaction.getState(), texts).tone()
                : transaction.hasParked() ? "bad" : "wait";
        return new Badge(tone, StateWords.of(transaction, texts.words().inWords()));
    }

    public static Badge of(Transaction.State state, Texts texts) {
        String tone = switch (state) {
            case BEGUN, SCHEDULED -> "wait";
            case RUNNING, COMPLETING -> "run";
            case UNDOING, ABORTED -> "back";
            case SUCCEEDED -> "good";
            case GIVEN_UP -> "bad";
            case STATE_UNSPECIFIED, UNRECOGNIZED -> "calm";
        };
        return new Badge(tone, texts.word("state", state));
    }

    public static Badge of(BranchStatus branch, Texts texts) {
        Tone tone = Tone.of(branch);
        // It was done, and a call that follows, to undo it or to complete it, fails.
        boolean isStuck = branch.getState() == BranchStatus.State.DONE && tone == Tone.BAD;
        boolean isUndo = Tone.isUndo(branch.getCurrentOp());
        String stuck = branch.getLastOutcome() == Call.Outcome.UNKNOWN
                ? isUndo ? "branch.unanswered.undo" : "branch.unanswered.completion"
                : isUndo ? "branch.stuck.undo" : "branch.stuck.completion";
        return new Badge(
                tone.name().toLowerCase(Locale.ROOT),
                isStuck ? texts.of(stuck) : texts.word("branch", branch.getState()));
    }

    /** Returns that of a participant's circuit, as the API names it. */
    public static Badge ofCircuit(String circuit, Texts texts) {
        return switch (circuit) {
            case "open" -> new Badge("bad", texts.of("circuit.open"));
            case "half-open" -> new Badge("wait", texts.of("circuit.half-open"));
            case "closed" -> new Badge("good", texts.of("circuit.closed"));
            default -> new Badge("calm", circuit);
        };
    }
}

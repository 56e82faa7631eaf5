package dev.entente.torture.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.AnswerKind;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.torture.check.TransactionReport.Entry;
import org.junit.jupiter.api.Test;

/** A history as whoever asks is told it, in the words of the reference. */
final class TranscriptTest {
    private static AnswerKind kind(boolean isChildLeftOut) {
        Entry failed = new Entry(1, 1, "CALL_FINISHED", "a", "try", 1, "FAILED", "RUNNING", "", false, isChildLeftOut);
        return Transcript.step(failed).entry() instanceof RecordEntry.Ended ended ? ended.kind() : AnswerKind.NOT_SENT;
    }

    @Test
    void a_participants_no_is_a_no() {
        assertThat(kind(false)).isEqualTo(AnswerKind.FAILED);
    }

    @Test
    void a_success_that_leaves_out_a_child_is_its_participants_yes() {
        assertThat(kind(true)).isEqualTo(AnswerKind.OK);
    }
}

package dev.entente.torture.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.OutcomeKind;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.torture.check.TransactionReport.Entry;
import org.junit.jupiter.api.Test;

/** The conversion of a transaction's history into the records of the reference. */
final class TranscriptTest {
    private static OutcomeKind kind(boolean isChildLeftOut) {
        Entry failed = new Entry(1, 1, "CALL_FINISHED", "a", "try", 1, "FAILED", "RUNNING", "", false, isChildLeftOut);
        return Transcript.step(failed).entry() instanceof RecordEntry.Ended ended ? ended.kind() : OutcomeKind.NOT_SENT;
    }

    @Test
    void a_failed_call_is_a_failure() {
        assertThat(kind(false)).isEqualTo(OutcomeKind.FAILED);
    }

    @Test
    void a_success_that_omits_a_child_is_a_success() {
        assertThat(kind(true)).isEqualTo(OutcomeKind.OK);
    }
}

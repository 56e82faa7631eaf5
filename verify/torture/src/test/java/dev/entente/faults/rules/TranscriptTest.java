package dev.entente.faults.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.Aftermath.Step;
import dev.entente.simulation.reference.AnswerKind;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import org.junit.jupiter.api.Test;

/** A history as whoever asks is told it, in the words of the reference. */
final class TranscriptTest {
    private static HistoryEvent.Builder finished(Call.Outcome outcome) {
        return HistoryEvent.newBuilder()
                .setKind("CALL_FINISHED")
                .setBranch("a")
                .setOp("try")
                .setOutcome(outcome)
                .setStateAfter(Transaction.State.RUNNING);
    }

    private static AnswerKind kind(HistoryEvent.Builder event) {
        Step step = Transcript.of(Transaction.newBuilder().addHistory(event).build())
                .steps()
                .getFirst();
        return step.entry() instanceof RecordEntry.Ended ended ? ended.kind() : AnswerKind.NOT_SENT;
    }

    @Test
    void a_participants_no_is_a_no() {
        assertThat(kind(finished(Call.Outcome.FAILED))).isEqualTo(AnswerKind.FAILED);
    }

    @Test
    void a_success_that_leaves_out_a_child_is_its_participants_yes() {
        assertThat(kind(finished(Call.Outcome.FAILED).setChildLeftOut(true))).isEqualTo(AnswerKind.OK);
    }
}

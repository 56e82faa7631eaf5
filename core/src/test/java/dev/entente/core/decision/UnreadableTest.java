package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows with readable columns and unreadable progress. */
final class UnreadableTest {
    @ParameterizedTest
    @CsvSource({"BEGUN, BEGUN", "SCHEDULED, SCHEDULED", "RUNNING, RUNNING", "COMPLETING, RUNNING", "UNDOING, RUNNING"})
    void an_unreadable_row_is_parked_in_its_state_with_a_history_of_two_events(
            TransactionState state, TransactionState begins) {
        Parked mark = new Parked(ParkReason.UNREADABLE_ROW, "damaged", Play.START.plus(Duration.ofDays(1)));

        Progress progress = Decider.unreadable(saga(step("a")).plan(), state, Play.START, mark);

        assertThat(progress.state()).isEqualTo(state);
        assertThat(progress.parked()).isEqualTo(mark);
        assertThat(progress.history().events())
                .extracting(HistoryEvent::stateAfter)
                .containsExactly(begins, state);
        assertThat(progress.history().events())
                .extracting(HistoryEvent::time)
                .containsExactly(Play.START, mark.since());
    }
}

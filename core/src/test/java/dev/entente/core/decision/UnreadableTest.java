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

/** Rows of which only the columns can be read. */
final class UnreadableTest {
    @ParameterizedTest
    @CsvSource({"BEGUN, BEGUN", "SCHEDULED, SCHEDULED", "RUNNING, RUNNING", "COMPLETING, RUNNING", "UNDOING, RUNNING"})
    void it_is_parked_in_its_state_and_its_history_begins_as_that_of_such_a_one(
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

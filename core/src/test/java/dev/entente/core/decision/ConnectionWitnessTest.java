package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Outcome;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sentence of the rules on ten minutes without a connection, as the laws read it. */
class ConnectionWitnessTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Outcome REFUSED = Outcome.NotSent.unreachable("refused", Duration.ofSeconds(1));

    private final ConnectionWitness witness = new ConnectionWitness();

    private void refused(int atSecond) {
        witness.answered(0, REFUSED, START.plusSeconds(atSecond));
    }

    @ParameterizedTest
    @CsvSource({"599, false", "600, true"})
    void ten_minutes_count_and_less_does_not(int seconds, boolean isCounted) {
        refused(0);
        refused(seconds);

        assertThat(witness.hasCounted(0)).isEqualTo(isCounted);
        assertThat(witness.hasCounted(1)).isFalse();
    }

    @Test
    void a_call_that_left_and_a_retry_begin_them_anew_and_a_full_limit_does_not() {
        refused(0);
        witness.answered(0, new Outcome.Succeeded(ByteString.EMPTY), START.plusSeconds(300));
        refused(600);
        witness.retried();
        refused(1200);
        assertThat(witness.hasCounted(0)).isFalse();

        witness.answered(0, new Outcome.NotSent("too many calls", Duration.ofSeconds(1)), START.plusSeconds(1300));
        refused(1800);
        assertThat(witness.hasCounted(0)).isTrue();
    }

    @Test
    void what_no_row_shows_died_with_its_owner() {
        refused(0);
        refused(600);
        Play play = Play.of(Sketch.saga(Sketch.step("a")));

        witness.takenOver(play.transaction().progress());
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(witness.hasCounted(0)).isTrue();

        witness.takenOver(play.row().progress());
        assertThat(witness.hasCounted(0)).isFalse();
    }
}

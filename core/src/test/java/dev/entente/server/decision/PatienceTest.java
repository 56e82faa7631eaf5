package dev.entente.server.decision;

import static dev.entente.server.decision.Sketch.saga;
import static dev.entente.server.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Role;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a transaction goes on without anything that leads on, as it is configured. */
class PatienceTest {
    private static final Duration FIVE = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMinutes(10);

    private static Progress after(Patience patience, Play play, Event event) {
        return new Decider(patience)
                .decide(play.transaction(), event, play.now(), 0)
                .next()
                .progress();
    }

    @ParameterizedTest
    @CsvSource({"5, 1", "6, 0"})
    void in_progress_counts_as_an_attempt_once_it_has_lasted_that_long(int seconds, int attempts) {
        Play play = Play.of(saga(step("a"))).inProgress("a", FIVE).later(FIVE);
        Event again = new Event.CallFinished(0, Role.FORWARD, new Outcome.InProgress("working", null));
        Patience patience = new Patience(Duration.ofSeconds(seconds), LONG, 5);

        assertThat(after(patience, play, again).branch(0).attempts()).isEqualTo(attempts);
    }

    @ParameterizedTest
    @CsvSource({"5, 1", "6, 0"})
    void no_connection_counts_as_an_attempt_once_it_has_lasted_that_long(int seconds, int attempts) {
        Play play =
                Play.of(saga(step("a"))).unreachable("a", Duration.ofSeconds(1)).later(FIVE);
        Event again = new Event.CallFinished(0, Role.FORWARD, Outcome.NotSent.unreachable("refused", FIVE));
        Patience patience = new Patience(LONG, Duration.ofSeconds(seconds), 5);

        assertThat(after(patience, play, again).branch(0).attempts()).isEqualTo(attempts);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, true", "2, 2, false"})
    void one_takeover_too_many_parks(int takeovers, int claims, boolean isParked) {
        Play play = Play.of(saga(step("a"))).crashAndAdopt();
        Event claimed = new Event.Claimed(3, false, claims);

        Parked mark = after(new Patience(FIVE, LONG, takeovers), play, claimed).parked();
        assertThat(mark != null && mark.reason() == ParkReason.ADOPTED_TOO_OFTEN)
                .isEqualTo(isParked);
    }
}

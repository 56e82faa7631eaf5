package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configured limits of a transaction without progress: times and takeovers. */
class ProgressLimitsTest {
    private static final Duration FIVE = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMinutes(10);

    private static Progress after(NoProgressLimits noProgress, Play play, Event event) {
        return new Decider(noProgress)
                .decide(play.transaction(), event, play.now(), 0)
                .next()
                .progress();
    }

    @ParameterizedTest
    @CsvSource({"5, 1", "6, 0"})
    void in_progress_counts_as_an_attempt_after_the_configured_time(int seconds, int attempts) {
        Play play = Play.of(saga(step("a"))).inProgress("a", FIVE).later(FIVE);
        Event again = new Event.CallFinished(0, Role.FORWARD, new Outcome.InProgress("working", null));
        NoProgressLimits noProgress = new NoProgressLimits(Duration.ofSeconds(seconds), LONG, LONG, 5);

        assertThat(after(noProgress, play, again).branch(0).attempts()).isEqualTo(attempts);
    }

    @ParameterizedTest
    @CsvSource({"5, 1", "6, 0"})
    void no_connection_counts_as_an_attempt_after_the_configured_time(int seconds, int attempts) {
        Play play =
                Play.of(saga(step("a"))).unreachable("a", Duration.ofSeconds(1)).later(FIVE);
        Event again = new Event.CallFinished(0, Role.FORWARD, Outcome.NotSent.unreachable("refused", FIVE));
        NoProgressLimits noProgress = new NoProgressLimits(LONG, Duration.ofSeconds(seconds), LONG, 5);

        assertThat(after(noProgress, play, again).branch(0).attempts()).isEqualTo(attempts);
    }

    @Test
    void a_temporary_misconfiguration_after_in_progress_counts_as_an_attempt() {
        Outcome missing = Outcome.Misconfigured.forNow("HTTP 404");
        Play play = Play.of(saga(step("a").attempts(2)));
        for (int round = 0; round < 2; round++) {
            play = play.inProgress("a", FIVE).later(FIVE).answer("a", missing).later(LONG);
        }

        assertThat(play.abortReason()).isEqualTo(AbortReason.ATTEMPTS_EXHAUSTED);
    }

    @Test
    void the_in_progress_time_starts_after_a_temporary_misconfiguration() {
        Play play = Play.of(saga(step("a")))
                .answer("a", Outcome.Misconfigured.forNow("HTTP 404"))
                .later(FIVE);
        Event working = new Event.CallFinished(0, Role.FORWARD, new Outcome.InProgress("working", null));
        NoProgressLimits noProgress = new NoProgressLimits(FIVE, LONG, LONG, 5);

        assertThat(after(noProgress, play, working).branch(0).attempts()).isZero();
    }

    @Test
    void a_temporary_misconfiguration_is_retried_at_the_end_of_the_configured_time() {
        Outcome missing = Outcome.Misconfigured.forNow("HTTP 404");
        Play play = Play.of(saga(step("a"))).answer("a", missing).later(FIVE);
        NoProgressLimits noProgress = new NoProgressLimits(LONG, LONG, Duration.ofSeconds(7), 5);

        BranchProgress branch = after(noProgress, play, new Event.CallFinished(0, Role.FORWARD, missing))
                .branch(0);
        assertThat(branch.nextAttemptAt()).isEqualTo(Play.START.plusSeconds(7));
    }

    @ParameterizedTest
    @CsvSource({"5, TARGET_MISCONFIGURED, 1", "6, , 0"})
    void a_temporary_misconfiguration_parks_after_the_configured_time(
            int seconds, @Nullable ParkReason stuck, int attempts) {
        Outcome missing = Outcome.Misconfigured.forNow("HTTP 404");
        Play play = Play.of(saga(step("a"))).answer("a", missing).later(FIVE);
        NoProgressLimits noProgress = new NoProgressLimits(LONG, LONG, Duration.ofSeconds(seconds), 5);

        BranchProgress branch = after(noProgress, play, new Event.CallFinished(0, Role.FORWARD, missing))
                .branch(0);
        assertThat(branch.stuck()).isEqualTo(stuck);
        assertThat(branch.attempts()).isEqualTo(attempts);
    }

    @Test
    void misconfiguration_waits_double_and_restart_after_another_answer() {
        Outcome missing = Outcome.Misconfigured.forNow("HTTP 404");
        Play play = Play.of(saga(step("a"))).answer("a", missing).later(Duration.ofSeconds(20));
        play = play.answer("a", missing);
        assertThat(play.branch("a").nextAttemptAt()).isEqualTo(play.now().plusSeconds(20));

        play = play.later(Duration.ofSeconds(20)).unknown("a").later(Duration.ofSeconds(30));
        play = play.answer("a", missing);
        assertThat(play.branch("a").stuck()).isNull();
        assertThat(play.branch("a").attempts()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, true", "2, 2, false"})
    void a_transaction_parks_above_the_takeover_limit(int takeovers, int claims, boolean isParked) {
        Play play = Play.of(saga(step("a"))).crashAndAdopt();
        Event claimed = new Event.Claimed(3, false, claims);

        Parked mark = after(new NoProgressLimits(FIVE, LONG, LONG, takeovers), play, claimed)
                .parked();
        assertThat(mark != null && mark.reason() == ParkReason.ADOPTED_TOO_OFTEN)
                .isEqualTo(isParked);
    }
}

package dev.entente.server.decision;

import static dev.entente.server.decision.Sketch.notification;
import static dev.entente.server.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One call, best effort: asked again until it is acknowledged, then given up. */
class NotificationTest {
    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void what_is_acknowledged_has_succeeded() {
        Play play = Play.of(notification(step("deliver")));

        assertThat(play.calls()).containsExactly("deliver deliver");
        assertThat(play.succeed("deliver").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "rejected", "settled", "failed", "misconfigured", "forgotten"})
    void whatever_is_no_acknowledgement_is_asked_again_and_given_up_at_the_limit(String how) {
        Play play = Play.of(notification(step("deliver").attempts(3)));

        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(play.calls()).as("attempt " + attempt).containsExactly("deliver deliver");
            play.answer("deliver", outcome(how)).later(LONG);
        }

        assertThat(play.state()).isEqualTo(TransactionState.GIVEN_UP);
        assertThat(play.parked()).isNull();
        assertThat(play.row().isFinished()).isTrue();
        assertThat(play.transaction().progress().detail()).isEqualTo("deliver: no " + how);
        assertThat(play.stateOf("deliver")).isEqualTo(BranchState.FAILED);
    }

    private static Outcome outcome(String how) {
        String detail = "no " + how;
        return switch (how) {
            case "unknown" -> new Outcome.Unknown(detail, null);
            case "rejected" -> new Outcome.Rejected(detail, false);
            case "settled" -> new Outcome.Rejected(detail, true);
            case "failed" -> new Outcome.Failed(detail, true);
            case "misconfigured" -> new Outcome.Misconfigured(detail, false);
            default -> new Outcome.Misconfigured(detail, true);
        };
    }

    @Test
    void a_receiver_that_is_gone_is_given_up_at_once() {
        Play play = Play.of(notification(step("deliver")));

        play.answer("deliver", new Outcome.Failed("HTTP 410", false, true));

        assertThat(play.state()).isEqualTo(TransactionState.GIVEN_UP);
        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_FAILED);
    }

    @Test
    void its_pauses_are_those_of_its_schedule_to_the_letter_and_the_last_one_repeats() {
        Duration first = Duration.ofSeconds(10);
        Duration second = Duration.ofMinutes(5);
        Play play = Play.of(notification(step("deliver").attempts(4).schedule(first, second)));

        for (Duration pause : new Duration[] {first, second, second}) {
            play.unknown("deliver").later(pause.minusMillis(1));
            assertThat(play.calls()).isEmpty();
            assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("deliver deliver");
        }
        assertThat(play.unknown("deliver").state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void its_deadline_gives_it_up_but_not_what_was_acknowledged_meanwhile() {
        Play late = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)));
        Play inTime = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)));

        late.later(Duration.ofSeconds(10)).unknown("deliver");
        inTime.later(Duration.ofSeconds(10)).succeed("deliver");

        assertThat(late.state()).isEqualTo(TransactionState.GIVEN_UP);
        assertThat(late.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(inTime.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void somebody_who_stops_it_has_aborted_it() {
        Play play = Play.of(notification(step("deliver"))).unknown("deliver").abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.abortReason()).isEqualTo(AbortReason.CLIENT_ABORT);
        assertThat(play.answer()).isEqualTo("done");
    }

    @Test
    void an_abort_that_comes_too_late_is_told_so() {
        Play play = Play.of(notification(step("deliver"))).abort();

        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.succeed("deliver").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_coordinator_that_dies_before_the_end_is_durable_asks_again() {
        Play play = Play.of(notification(step("deliver"))).withSlowStore().succeed("deliver");

        assertThat(play.crashAndAdopt().calls()).containsExactly("deliver deliver");
    }

    @Test
    void what_was_given_up_replays() {
        Play play = Play.of(notification(step("deliver").attempts(2)));
        play.unknown("deliver").later(LONG).fail("deliver");

        assertThat(Replay.of(play.transaction().plan(), play.transaction().progress())
                        .firstDifference())
                .isNull();
    }
}

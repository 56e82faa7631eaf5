package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.notification;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Notifications: one call, repeated until the receiver acknowledges the call or the notification is given up. */
class NotificationTest {
    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void an_acknowledged_notification_succeeds() {
        Play play = Play.of(notification(step("deliver")));

        assertThat(play.calls()).containsExactly("deliver deliver");
        assertThat(play.succeed("deliver").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "rejected", "settled", "failed", "misconfigured", "forgotten"})
    void an_unacknowledged_notification_is_repeated_and_given_up_at_the_attempt_limit(String how) {
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
    void an_unreachable_receiver_is_given_up_after_ten_minutes_for_each_attempt() {
        Duration again = Duration.ofSeconds(8);
        Play play = Play.of(notification(step("deliver").attempts(3)));
        Instant begun = play.now();

        while (play.state() == TransactionState.RUNNING) {
            if (play.calls().isEmpty()) {
                play.later(Duration.ofSeconds(1));
            } else {
                play.unreachable("deliver", again);
            }
        }

        Duration lasted = Duration.between(begun, play.now());
        assertThat(play.state()).isEqualTo(TransactionState.GIVEN_UP);
        assertThat(lasted).isBetween(Duration.ofMinutes(30), Duration.ofMinutes(31));
        assertThat(play.transaction().progress().detail()).contains("no connection for 600 s", "connection refused");
    }

    @Test
    void a_temporarily_unreachable_receiver_uses_no_attempt() {
        Play play = Play.of(notification(step("deliver").attempts(1)));

        for (int i = 0; i < 50; i++) {
            play.unreachable("deliver", Duration.ofSeconds(8)).later(Duration.ofSeconds(12));
        }

        assertThat(play.callsUnderWay())
                .singleElement()
                .satisfies(call -> assertThat(call.attempt()).isEqualTo(1));
        assertThat(play.succeed("deliver").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void the_start_of_unreachability_survives_rest_and_takeover() {
        Play play = Play.of(notification(step("deliver").attempts(1)));

        play.unreachable("deliver", Duration.ofMinutes(4)).later(Duration.ofMinutes(6));
        play.unreachable("deliver", Duration.ofMinutes(2)).crashAndAdopt().later(Duration.ofMinutes(4));
        play.unreachable("deliver", Duration.ofSeconds(8));

        assertThat(play.state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void a_sent_call_resets_the_time_of_unreachability() {
        Play play = Play.of(notification(step("deliver").attempts(2)));

        play.unreachable("deliver", Duration.ofSeconds(8)).later(Duration.ofMinutes(9));
        play.unknown("deliver").later(Duration.ofMinutes(9));
        play.unreachable("deliver", Duration.ofSeconds(8)).later(Duration.ofMinutes(1));

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_notification_to_a_receiver_that_is_gone_is_given_up_at_once() {
        Play play = Play.of(notification(step("deliver")));

        play.answer("deliver", new Outcome.Failed("HTTP 410", false, true));

        assertThat(play.state()).isEqualTo(TransactionState.GIVEN_UP);
        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_FAILED);
    }

    @Test
    void a_notification_follows_its_schedule_exactly_and_repeats_the_last_pause() {
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
    void a_deadline_gives_up_a_notification_unless_the_call_in_flight_succeeds() {
        Play late = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)));
        Play inTime = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)));

        late.later(Duration.ofSeconds(10)).unknown("deliver");
        inTime.later(Duration.ofSeconds(10)).succeed("deliver");

        assertThat(late.state()).isEqualTo(TransactionState.GIVEN_UP);
        assertThat(late.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(inTime.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void an_abort_between_attempts_aborts_a_notification() {
        Play play = Play.of(notification(step("deliver"))).unknown("deliver").abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.abortReason()).isEqualTo(AbortReason.CLIENT_ABORT);
        assertThat(play.answer()).isEqualTo("done");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fact.Truth.class,
            names = {"UNDONE", "NEVER_HAPPENED"})
    void a_notification_resolved_as_not_delivered_is_aborted(Fact.Truth truth) {
        Play play = Play.of(notification(step("deliver"))).unknown("deliver").resolve("deliver", Role.FORWARD, truth);

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.abortReason()).isEqualTo(AbortReason.OPERATOR);
    }

    @Test
    void a_notification_succeeds_despite_an_abort_deferred_during_its_call() {
        Play play = Play.of(notification(step("deliver"))).abort();

        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.succeed("deliver").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.answer()).isEqualTo("ENT-041");
    }

    @Test
    void a_parked_notification_resolved_as_done_cannot_be_aborted() {
        Play play = Play.of(notification(step("deliver"))).unknown("deliver").park();
        play.resolve("deliver", Role.FORWARD, Fact.Truth.DONE);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(Decider.mayAbort(play.row().plan(), play.row().progress())).isFalse();

        assertThat(play.abort().answer()).isEqualTo("ENT-041");

        assertThat(play.resume().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @ParameterizedTest
    @EnumSource(Fact.Truth.class)
    void resolve_is_refused_after_the_deadline_during_an_operators_park(Fact.Truth truth) {
        Play play = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)))
                .unknown("deliver")
                .park()
                .later(Duration.ofSeconds(10));
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        assertThat(play.resolve("deliver", Role.FORWARD, truth).answer()).isEqualTo("ENT-045");

        assertThat(play.resume().state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void resolve_is_refused_after_the_deadline_during_a_takeover_park() {
        Play play = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)))
                .unknown("deliver")
                .flushDue();
        while (play.parked() == null) {
            play.crashAndAdopt();
        }
        play.later(Duration.ofSeconds(10));

        assertThat(play.resolve("deliver", Role.FORWARD, Fact.Truth.DONE).answer())
                .isEqualTo("ENT-045");

        assertThat(play.retry().state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void a_notification_resolved_in_time_succeeds_when_unparked_after_the_deadline() {
        Play play = Play.of(notification(step("deliver")).deadline(Duration.ofSeconds(10)))
                .unknown("deliver")
                .park();
        play.resolve("deliver", Role.FORWARD, Fact.Truth.DONE).later(Duration.ofSeconds(10));

        assertThat(play.retry().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_takeover_repeats_a_call_whose_success_was_not_durable() {
        Play play = Play.of(notification(step("deliver"))).withSlowStore().succeed("deliver");

        assertThat(play.crashAndAdopt().calls()).containsExactly("deliver deliver");
    }

    @Test
    void the_history_of_a_given_up_notification_replays() {
        Play play = Play.of(notification(step("deliver").attempts(2)));
        play.unknown("deliver").later(LONG).fail("deliver");

        assertThat(Replay.of(play.transaction().plan(), play.transaction().progress())
                        .firstDifference())
                .isNull();
    }
}

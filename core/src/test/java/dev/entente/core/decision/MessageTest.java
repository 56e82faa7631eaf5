package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Deliveries of messages: independent of each other, without compensation. */
class MessageTest {
    @Test
    void deliveries_are_sent_together_and_the_message_ends_with_the_last_delivery() {
        Play play = Play.of(message(step("a"), step("b")));

        assertThat(play.calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.succeed("b").state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.DONE);
    }

    @ParameterizedTest
    @CsvSource({"rejected, DELIVERY_REFUSED", "failed, DELIVERY_REFUSED", "unknown, DELIVERY_EXHAUSTED"})
    void a_refused_or_exhausted_delivery_delays_no_other_delivery_and_then_parks(String how, ParkReason reason) {
        Play play = Play.of(message(step("a").attempts(1), step("b")));
        switch (how) {
            case "rejected" -> play.rejectSettled("a");
            case "failed" -> play.fail("a");
            default -> play.unknown("a");
        }

        assertThat(play.calls()).containsExactly("b deliver");
        assertThat(play.parked()).isNull();
        assertThat(play.unknown("b").later(Duration.ofSeconds(2)).calls()).containsExactly("b deliver");
        assertThat(play.succeed("b").parked()).isEqualTo(reason);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.DONE);
        assertThat(play.row().dueAt()).isNull();
    }

    @Test
    void a_receivers_text_is_not_shown_as_the_blocking_message() {
        Play play = Play.of(message(step("a"))).answer("a", new Outcome.InProgress("blocked by order-77", null));

        assertThat(play.branch("a").blockedBy()).isNull();
        assertThat(play.branch("a").tried().lastError()).isEqualTo("blocked by order-77");
    }

    @Test
    void retry_sends_a_refused_delivery_again() {
        Play play = Play.of(message(step("a"), step("b"))).succeed("b").rejectSettled("a");

        assertThat(play.retry().calls()).containsExactly("a deliver");
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_takeover_repeats_deliveries_without_a_recorded_outcome() {
        Play play = Play.of(message(step("a"), step("b"))).succeed("a");

        assertThat(play.crashAndAdopt().calls()).containsExactly("a deliver", "b deliver");
    }

    @Test
    void a_running_message_cannot_be_aborted() {
        Play play = Play.of(message(step("a"))).abort();

        assertThat(play.answer()).isEqualTo("ENT-042");
        assertThat(play.calls()).containsExactly("a deliver");
        assertThat(play.fail("a").abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void a_scheduled_message_can_be_aborted_before_its_start() {
        Play play =
                Play.scheduled(message(step("a")), Play.START.plusSeconds(60)).abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    /** The start is not written ahead: after a takeover the row shows SCHEDULED. */
    @Test
    void a_message_that_a_dead_coordinator_may_have_sent_cannot_be_aborted() {
        Play play =
                Play.scheduled(message(step("a")), Play.START.plusSeconds(60)).later(Duration.ofSeconds(60));
        assertThat(play.calls()).containsExactly("a deliver");
        while (play.parked() == null) {
            play = play.crashAndAdopt();
        }
        play.abort();

        assertThat(play.answer()).isEqualTo("ENT-042");
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);
        assertThat(Decider.mayAbort(play.row().plan(), play.row().progress())).isFalse();
        assertThat(play.resume().calls()).containsExactly("a deliver");
    }

    /** After a suspension of its machine, the clock of the coordinator lags and the start seems to be in the future. */
    @Test
    void a_lagging_clock_does_not_abort_a_message_that_may_have_been_sent() {
        Play play =
                Play.scheduled(message(step("a")), Play.START.plusSeconds(60)).later(Duration.ofSeconds(60));
        while (play.parked() == null) {
            play = play.crashAndAdopt();
        }
        play.atTime(Duration.ofSeconds(53)).abort();

        assertThat(play.answer()).isEqualTo("ENT-042");
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);
    }

    @Test
    void a_message_taken_over_before_its_start_can_be_aborted_until_the_start() {
        Play play = Play.scheduled(message(step("a")), Play.START.plusSeconds(60))
                .withSlowStore()
                .claim()
                .crashAndAdopt()
                .written();
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);

        assertThat(play.abort().written().state()).isEqualTo(TransactionState.ABORTED);
    }

    @ParameterizedTest
    @EnumSource(Fact.Truth.class)
    void a_refused_delivery_can_be_resolved_only_as_done(Fact.Truth truth) {
        Play play = Play.of(message(step("a"))).fail("a").resolve("a", Role.FORWARD, truth);

        assertThat(play.answer()).isEqualTo(truth == Fact.Truth.DONE ? "done" : "ENT-045");
        assertThat(play.state())
                .isEqualTo(truth == Fact.Truth.DONE ? TransactionState.SUCCEEDED : TransactionState.RUNNING);
    }
}

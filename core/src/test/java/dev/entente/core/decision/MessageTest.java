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

/** Deliveries, each for itself; what is published cannot be taken back. */
class MessageTest {
    @Test
    void deliveries_leave_together_and_it_ends_with_the_last() {
        Play play = Play.of(message(step("a"), step("b")));

        assertThat(play.calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.succeed("b").state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.DONE);
    }

    @ParameterizedTest
    @CsvSource({"rejected, DELIVERY_REFUSED", "failed, DELIVERY_REFUSED", "unknown, DELIVERY_EXHAUSTED"})
    void a_receiver_that_refuses_holds_nobody_else_up_and_then_it_parks(String how, ParkReason reason) {
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
    void what_a_receiver_says_of_itself_is_not_taken_for_what_blocks_its_delivery() {
        Play play = Play.of(message(step("a"))).answer("a", new Outcome.InProgress("blocked by order-77", null));

        assertThat(play.branch("a").blockedBy()).isNull();
        assertThat(play.branch("a").tried().lastError()).isEqualTo("blocked by order-77");
    }

    @Test
    void a_receiver_that_was_mended_gets_what_it_had_refused() {
        Play play = Play.of(message(step("a"), step("b"))).succeed("b").rejectSettled("a");

        assertThat(play.retry().calls()).containsExactly("a deliver");
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_coordinator_that_takes_over_delivers_again_what_may_not_have_arrived() {
        Play play = Play.of(message(step("a"), step("b"))).succeed("a");

        assertThat(play.crashAndAdopt().calls()).containsExactly("a deliver", "b deliver");
    }

    @Test
    void what_is_on_its_way_cannot_be_aborted() {
        Play play = Play.of(message(step("a"))).abort();

        assertThat(play.answer()).isEqualTo("ENT-042");
        assertThat(play.calls()).containsExactly("a deliver");
        assertThat(play.fail("a").abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void what_has_not_started_can_be_aborted() {
        Play play =
                Play.scheduled(message(step("a")), Play.START.plusSeconds(60)).abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    /** Its start is not written ahead: whoever takes it over finds it as it was accepted. */
    @Test
    void what_a_dead_coordinator_may_have_delivered_cannot_be_aborted() {
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

    /** A coordinator whose machine was suspended takes the act: its clock says that the start lies ahead. */
    @Test
    void what_a_dead_coordinator_may_have_delivered_is_not_aborted_by_a_clock_that_lags() {
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
    void what_was_taken_over_before_its_start_can_be_aborted_until_then() {
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
    void of_a_refused_delivery_an_operator_can_only_say_that_it_was_delivered(Fact.Truth truth) {
        Play play = Play.of(message(step("a"))).fail("a").resolve("a", Role.FORWARD, truth);

        assertThat(play.answer()).isEqualTo(truth == Fact.Truth.DONE ? "done" : "ENT-045");
        assertThat(play.state())
                .isEqualTo(truth == Fact.Truth.DONE ? TransactionState.SUCCEEDED : TransactionState.RUNNING);
    }
}

package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Deliveries that wait behind other deliveries with an equal ordering key, of their own message or another message. */
class OrderedDeliveryTest {
    @Test
    void a_delivery_behind_another_message_is_not_called() {
        Play play = Play.of(message(step("a")).ordered()).behind("a", "head");

        assertThat(play.calls()).isEmpty();
        assertThat(play.stateOf("a")).isEqualTo(BranchState.PENDING);
        assertThat(play.branch("a").blockedBy()).isEqualTo("head");
        assertThat(play.positionReached("a").calls()).containsExactly("a deliver");
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.branch("a").blockedBy()).isNull();
    }

    @Test
    void a_blocked_delivery_keeps_its_last_error() {
        Play play = Play.of(message(step("a")).ordered()).positionReached("a").unknown("a");

        play.later(Duration.ofSeconds(2)).blocked("a", "order-77", Duration.ofMillis(1));

        assertThat(play.branch("a").blockedBy()).isEqualTo("order-77");
        assertThat(play.branch("a").tried().lastError()).isEqualTo("timeout");
    }

    @Test
    void a_claim_checks_the_queue_position_of_a_blocked_delivery_at_once() {
        Play play = Play.of(message(step("a").to("same"), step("b").to("other")).ordered())
                .positionReached("b")
                .notSent("b", Duration.ofMinutes(3))
                .blocked("a", "order-0", Duration.ofMinutes(3));
        assertThat(play.row().isOwned()).isFalse();
        Instant nextOfOther = play.branch("b").nextAttemptAt();

        play.claim();

        assertThat(play.awaitedPositions()).containsExactly(0);
        assertThat(play.calls()).isEmpty();
        assertThat(play.branch("b").nextAttemptAt()).isEqualTo(nextOfOther);
        assertThat(play.positionReached("a").calls()).containsExactly("a deliver");
    }

    @Test
    void only_the_first_delivery_of_a_message_to_a_receiver_checks_its_position() {
        Play play = Play.of(
                message(step("a").to("same"), step("b").to("same"), step("c")).ordered());
        assertThat(play.awaitedPositions()).containsExactly(0, 2);

        play.positionReached("c").succeed("c").positionReached("a").notSent("a", Duration.ofMinutes(3));

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.row().progress().branch(0).nextAttemptAt());
        play.afterSpread(Duration.ofMinutes(3)).claim();
        assertThat(play.awaitedPositions()).containsExactly(0);
        assertThat(play.positionReached("a").succeed("a").awaitedPositions()).containsExactly(1);
        assertThat(play.positionReached("b").calls()).containsExactly("b deliver");
    }

    @Test
    void a_delivery_shows_what_blocks_the_preceding_delivery_of_its_message() {
        Play play = Play.of(message(step("a").to("same"), step("b").to("same")).ordered());
        assertThat(play.branch("b").blockedBy()).isEqualTo("gid-1");

        play.behind("a", "head");

        assertThat(play.branch("b").blockedBy()).isEqualTo("head");
        assertThat(play.positionReached("a").branch("b").blockedBy()).isEqualTo("gid-1");
    }

    @Test
    void a_message_parks_while_a_delivery_waits_behind_its_refused_delivery() {
        Play play = Play.of(message(step("a").to("same"), step("b").to("same")).ordered())
                .positionReached("a")
                .misconfigured("a");

        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.branch("b").blockedBy()).isEqualTo("gid-1");
        assertThat(play.retry().positionReached("a").calls()).contains("a deliver");
        play.succeed("a").positionReached("b").succeed("b");
        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void deliveries_blocked_by_a_resting_message_release_the_row() {
        Duration rests = Duration.ofSeconds(6);
        Play play = Play.of(message(step("a"), step("b")).ordered()).blocked("a", "head", rests);

        play.later(Duration.ofSeconds(2)).blocked("b", "head", rests);

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isNotNull();
    }

    @Test
    void park_does_not_wait_for_a_blocked_delivery() {
        Play play = Play.of(message(step("a")).ordered()).behind("a", "head").park();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.PENDING);
        assertThat(play.branch("a").blockedBy()).isEqualTo("head");
        assertThat(play.resume().positionReached("a").calls()).containsExactly("a deliver");
    }

    @Test
    void a_position_reached_during_a_deferred_force_finish_is_used_afterwards() {
        Play play = Play.of(message(step("a"), step("b")).ordered())
                .positionReached("a")
                .force(TransactionState.SUCCEEDED);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.positionReached("b").calls()).containsExactly("a deliver");
        assertThat(play.later(Duration.ofSeconds(8)).answer()).isEqualTo("ENT-055");
        assertThat(play.calls()).containsExactlyInAnyOrder("a deliver", "b deliver");
    }

    @Test
    void a_drain_does_not_wait_for_a_blocked_delivery() {
        Play play = Play.of(message(step("a")).ordered()).behind("a", "head").drain();

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.claim().positionReached("a").calls()).containsExactly("a deliver");
    }
}

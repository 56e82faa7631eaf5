package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.notification;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Waits of operator requests for calls in flight that could contradict the request. */
class InFlightCallsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);
    private static final Duration MAX_WAIT = Duration.ofSeconds(8);

    @Test
    void resolve_is_refused_while_a_dead_owners_call_may_be_in_flight_for_long() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        Play refused = play.resolve("a", Role.FORWARD, Truth.DONE);

        assertThat(refused.answer()).isEqualTo("ENT-055");
        assertThat(refused.refusal().getMessage()).contains("'a'", "40 s", "the transaction was not changed");
        assertThat(refused.refusal().retryAfter()).isEqualTo(TIMEOUT);
        assertThat(refused.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);

        play.later(TIMEOUT).resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void resolve_waits_for_a_dead_owners_call_that_ends_soon() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        play.later(TIMEOUT.minusSeconds(3)).resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.later(Duration.ofMillis(2999)).answer()).isEqualTo("put off");
        assertThat(play.later(Duration.ofMillis(1)).answer()).isEqualTo("done");
    }

    @Test
    void resolve_waits_for_calls_of_its_own_branch_only() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b").timeout(Duration.ofSeconds(1))))
                .crashAndAdopt()
                .succeed("a")
                .misconfigured("b")
                .later(Duration.ofSeconds(1));

        assertThat(play.resolve("b", Role.FORWARD, Truth.DONE).answer()).isEqualTo("done");
    }

    @Test
    void resolve_of_an_undo_is_refused_while_a_dead_owners_undo_may_be_in_flight() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b")))
                .succeed("a")
                .reject("b");
        play.crashAndAdopt().misconfigured("a");

        assertThat(play.resolve("a", Role.UNDO, Truth.UNDONE).answer()).isEqualTo("ENT-055");
        assertThat(play.later(TIMEOUT).resolve("a", Role.UNDO, Truth.UNDONE).answer())
                .isEqualTo("done");
    }

    @Test
    void an_impossible_resolve_is_refused_without_a_wait() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b"))).crashAndAdopt();

        assertThat(play.resolve("a", Role.UNDO, Truth.UNDONE).answer()).isEqualTo("ENT-045");
    }

    @Test
    void force_finish_is_refused_if_a_call_in_flight_outlasts_the_callers_wait() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b"))).force(TransactionState.ABORTED);

        play.later(MAX_WAIT);
        assertThat(play.answer()).isEqualTo("ENT-055");

        play.succeed("a");
        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void a_refusal_suggests_a_park_only_if_a_park_is_possible_and_has_an_effect() {
        Play running = Play.of(saga(step("a").timeout(TIMEOUT)));
        Play parked = Play.of(saga(step("a").timeout(TIMEOUT))).park();
        Play late = Play.of(notification(step("deliver").timeout(TIMEOUT)).deadline(MAX_WAIT))
                .later(MAX_WAIT);

        assertThat(late.park().answer()).isEqualTo("ENT-045");
        List.of(running, parked, late)
                .forEach(play -> play.force(TransactionState.ABORTED).later(MAX_WAIT));

        assertThat(running.refusal).hasMessageContaining("ENT-055").hasMessageContaining("park the transaction first");
        assertThat(parked.refusal).hasMessageContaining("ENT-055").message().doesNotContain("park the");
        assertThat(late.refusal).hasMessageContaining("ENT-055").message().doesNotContain("park the");
    }

    @Test
    void force_finish_waits_for_a_dead_owners_calls_of_any_branch() {
        Play play = Play.of(saga(step("a"), step("b").timeout(TIMEOUT)))
                .succeed("a")
                .crashAndAdopt();
        play.misconfigured("a");

        assertThat(play.force(TransactionState.ABORTED).answer()).isEqualTo("ENT-055");
        play.later(TIMEOUT.minusSeconds(1)).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.later(Duration.ofSeconds(1)).state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_dead_owners_call_blocks_force_finish_after_the_claimant_released_the_row() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        assertThat(play.row().isOwned()).isFalse();

        assertThat(play.force(TransactionState.ABORTED).answer()).isEqualTo("ENT-055");
        assertThat(play.later(TIMEOUT).force(TransactionState.ABORTED).answer()).isEqualTo("done");
    }

    @ParameterizedTest
    @CsvSource({"park, done", "abort, done", "retry, done"})
    void park_abort_and_retry_do_not_wait_for_a_dead_owners_calls(String request, String answer) {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().unknown("a");
        switch (request) {
            case "park" -> play.park();
            case "abort" -> play.abort();
            default -> play.retry();
        }

        assertThat(play.answer()).isEqualTo(answer);
    }

    @Test
    void force_finish_waits_for_the_longest_call_of_a_dead_owner() {
        Play play = Play.of(tcc(
                        step("long").timeout(Duration.ofSeconds(5)),
                        step("short").timeout(Duration.ofSeconds(3))))
                .crashAndAdopt()
                .misconfigured("long")
                .misconfigured("short");

        assertThat(play.force(TransactionState.ABORTED).answer()).isEqualTo("put off");
        assertThat(play.alarm()).isEqualTo(Play.START.plusSeconds(5));
        assertThat(play.later(Duration.ofSeconds(5)).answer()).isEqualTo("done");
    }

    @Test
    void refusal_and_preview_name_the_longest_call_of_a_dead_owner() {
        Play play = Play.of(tcc(step("short").timeout(TIMEOUT), step("long").timeout(TIMEOUT.multipliedBy(2))))
                .crashAndAdopt()
                .misconfigured("short")
                .misconfigured("long");
        TransactionRequest request = new TransactionRequest.ForceFinish(TransactionState.ABORTED, "op", "", 0);

        Preview preview = Preview.of(play.transaction(), null, request, play.now(), new Decider());
        Play refused = play.request(request);

        assertThat(refused.refusal().getMessage()).contains("'long'", "80 s");
        assertThat(refused.refusal().retryAfter()).isEqualTo(TIMEOUT.multipliedBy(2));
        assertThat(preview.refused()).isNotNull().hasMessage(refused.refusal().getMessage());
        assertThat(preview.inFlight())
                .contains(new Preview.Sent(1, Role.FORWARD, 0, play.now().plus(TIMEOUT.multipliedBy(2))));
    }

    @Test
    void a_dead_owners_call_is_awaited_and_named_although_a_later_call_was_answered() {
        Play play = Play.of(tcc(
                        step("done").timeout(TIMEOUT.multipliedBy(2)),
                        step("open").timeout(TIMEOUT)))
                .crashAndAdopt()
                .succeed("done")
                .misconfigured("open");
        TransactionRequest request = new TransactionRequest.ForceFinish(TransactionState.ABORTED, "op", "", 0);

        Preview preview = Preview.of(play.transaction(), null, request, play.now(), new Decider());

        assertThat(preview.inFlight())
                .containsExactly(
                        new Preview.Sent(0, Role.FORWARD, 0, play.now().plus(TIMEOUT.multipliedBy(2))),
                        new Preview.Sent(1, Role.FORWARD, 0, play.now().plus(TIMEOUT)));
        assertThat(play.request(request).refusal()).hasMessageContaining("'done'");
    }
}

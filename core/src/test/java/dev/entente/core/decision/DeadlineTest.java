package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Effects of the deadline, in each state of a transaction. */
class DeadlineTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static Sketch sketch() {
        return saga(step("a"), step("b")).deadline(MINUTE);
    }

    @Test
    void the_deadline_waits_for_a_call_in_flight_and_then_compensates() {
        Play play = Play.of(sketch()).succeed("a").later(MINUTE);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.unknown("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("b compensate");
        assertThat(play.succeed("b").calls()).containsExactly("a compensate");
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_last_answer_before_the_deadline_completes_the_saga() {
        Play play = Play.of(sketch()).succeed("a").later(MINUTE.minusMillis(1)).succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_last_answer_at_the_deadline_does_not_complete_the_saga() {
        Play play = Play.of(sketch()).succeed("a").later(MINUTE).succeed("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @ParameterizedTest
    @CsvSource({"a, b", "b, a"})
    void the_order_of_answers_after_the_deadline_does_not_change_the_outcome(String first, String second) {
        Play both = Play.of(tcc(step("a"), step("b")).deadline(MINUTE)).later(MINUTE);

        both.succeed(first).succeed(second);

        assertThat(both.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(both.calls()).containsExactly("a cancel", "b cancel");
    }

    @Test
    void an_approve_after_the_deadline_is_refused() {
        Play play = Play.of(saga(step("a"), step("ask").approval(MINUTE.multipliedBy(9), Approval.Expiry.APPROVE))
                        .deadline(MINUTE))
                .succeed("a")
                .later(MINUTE.minusMillis(1));
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.later(Duration.ofMillis(1));

        assertThat(play.approve("ask").answer()).isEqualTo("ENT-045");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    /** Returns a saga with a call in flight, an open approval and a misconfigured step. */
    private static Play sagaWithCallInFlight() {
        return Play.of(saga(
                                step("a"),
                                step("b").after("a"),
                                step("ask").after("a").approval(MINUTE.multipliedBy(9), Approval.Expiry.APPROVE),
                                step("u").after("a"))
                        .deadline(MINUTE))
                .succeed("a")
                .misconfigured("u");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void an_approval_decision_after_the_deadline_is_refused_while_a_call_is_in_flight(boolean isApproved) {
        Play play = sagaWithCallInFlight().later(MINUTE);

        Play asked = isApproved ? play.approve("ask") : play.disapprove("ask");

        assertThat(asked.answer()).isEqualTo("ENT-045");
        assertThat(play.succeed("b").abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @ParameterizedTest
    @EnumSource(Fact.Truth.class)
    void a_resolve_after_the_deadline_is_refused_while_a_call_is_in_flight(Fact.Truth truth) {
        Play play = sagaWithCallInFlight().later(MINUTE);

        assertThat(play.resolve("u", Role.FORWARD, truth).answer()).isEqualTo("ENT-045");
        assertThat(play.succeed("b").abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void a_resume_of_a_parked_saga_at_the_deadline_is_refused() {
        Play play = Play.of(sketch()).misconfigured("a").atTime(MINUTE).resume();

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void a_retry_after_the_deadline_sends_no_new_forward_call() {
        Play play = sagaWithCallInFlight().later(MINUTE).retry();
        assertThat(play.calls()).containsExactly("b action");

        play.succeed("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).allMatch(call -> call.endsWith(" compensate"));
    }

    @Test
    void an_abort_after_the_deadline_keeps_the_abort_reason_deadline() {
        Play play = Play.of(sketch()).later(MINUTE).abort().succeed("a");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.answer()).isEqualTo("done");
    }

    @Test
    void a_nested_registration_after_the_deadline_is_refused() {
        Play play = Play.of(tcc(step("a")).deadline(MINUTE)).later(MINUTE);

        assertThat(play.registerNested(step("a/c")).answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_rejection_is_the_abort_reason_only_before_the_deadline() {
        assertThat(Play.of(sketch()).later(MINUTE).reject("a").abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(Play.of(sketch()).later(MINUTE.minusMillis(1)).reject("a").abortReason())
                .isEqualTo(AbortReason.STEP_REJECTED);
    }

    @Test
    void an_approval_that_expires_at_the_deadline_is_not_the_abort_reason() {
        Play play = Play.of(saga(step("ask").approval(MINUTE, Approval.Expiry.REJECT), step("b"))
                .deadline(MINUTE));

        assertThat(play.later(MINUTE).abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void a_last_answer_after_the_deadline_completes_a_saga_past_its_pivot() {
        Play play = Play.of(saga(step("a"), step("b").pivot().noUndo()).deadline(MINUTE))
                .succeed("a")
                .later(MINUTE)
                .succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_notification_acknowledged_after_the_deadline_succeeds() {
        Play play = Play.of(Sketch.notification(step("deliver")).deadline(MINUTE))
                .later(MINUTE)
                .succeed("deliver");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_last_prepare_vote_at_the_deadline_rolls_all_branches_back() {
        Play play = Play.of(Sketch.twoPhase(step("a"), step("b")).deadline(MINUTE))
                .succeed("a")
                .later(MINUTE)
                .succeed("b");

        assertThat(play.calls()).containsExactly("a rollback", "b rollback");
    }

    @Test
    void a_commit_at_the_deadline_is_refused_and_the_branches_are_cancelled() {
        Play play = Play.begun(tcc(step("a"))).atTime(MINUTE);

        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of()));

        assertThat(play.answer()).isEqualTo("ENT-040");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a cancel");
    }

    @Test
    void a_commit_of_a_parked_transaction_at_the_deadline_is_refused() {
        Play play = Play.begun(tcc(step("a"))).withSlowStore().atTime(MINUTE);
        for (int claims = 0; claims <= NoProgressLimits.STANDARD.takeovers(); claims++) {
            play.claim().crash();
        }
        assertThat(play.claim().written().parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);

        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of()));

        assertThat(play.answer()).isEqualTo("ENT-040");
        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
    }

    @Test
    void a_commit_before_the_deadline_is_accepted() {
        Play play = Play.begun(tcc(step("a"))).atTime(MINUTE.minusMillis(1));

        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of()));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void a_short_backoff_ends_at_the_deadline() {
        Play play = Play.of(sketch()).later(MINUTE.minusMillis(100)).unknown("a");
        assertThat(play.alarm()).isEqualTo(Play.START.plus(MINUTE));

        assertThat(play.later(Duration.ofMillis(100)).state()).isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void a_long_rest_ends_at_the_deadline() {
        Play play = Play.of(sketch()).notSent("a", Duration.ofHours(1));
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(MINUTE));

        assertThat(play.later(MINUTE).state()).as("nothing was called").isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void the_deadline_unparks_and_compensates_a_parked_forward_transaction() {
        Play play = Play.of(sketch()).misconfigured("a");
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(MINUTE));

        play.later(MINUTE);

        assertThat(play.parked()).isNull();
        assertThat(play.history()).contains(HistoryKind.UNPARKED, HistoryKind.DECIDED);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void a_parked_undo_ignores_the_deadline() {
        Play play = Play.of(sketch()).succeed("a").reject("b").misconfigured("a");

        assertThat(play.row().dueAt()).isNull();
        assertThat(play.later(MINUTE).calls()).isEmpty();
    }

    @Test
    void a_completion_ignores_the_deadline() {
        Play play = Play.of(tcc(step("a")).deadline(MINUTE))
                .succeed("a")
                .later(MINUTE)
                .unknown("a");

        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
    }

    @Test
    void the_deadline_cancels_all_branches_of_a_begun_transaction() {
        Play play = Play.begun(tcc(step("a"), step("b"))).later(MINUTE);

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a cancel", "b cancel");
    }

    @Test
    void a_scheduled_transaction_ends_at_its_deadline_without_a_call() {
        Play play = Play.scheduled(sketch(), Play.START.plusSeconds(600)).claim();
        assertThat(play.row().dueAt()).as("before its start").isEqualTo(Play.START.plus(MINUTE));

        assertThat(play.later(MINUTE).state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.history()).doesNotContain(HistoryKind.CALL_FINISHED);
    }

    @Test
    void the_deadline_limits_the_timeout_of_a_try() {
        Play play = Play.of(tcc(step("a").timeout(Duration.ofMinutes(5))).deadline(MINUTE));

        assertThat(play.callsUnderWay().getFirst().timeout()).isEqualTo(MINUTE);
    }

    @Test
    void a_waiting_call_may_not_be_sent_at_the_deadline() {
        Play play = Play.of(sketch()).succeed("a");
        int waiting = play.transaction().plan().indexOf("b");

        assertThat(Decider.mayStillLeave(play.transaction(), waiting, Play.START.plus(MINUTE.minusMillis(1))))
                .isTrue();
        assertThat(Decider.mayStillLeave(play.transaction(), waiting, Play.START.plus(MINUTE)))
                .isFalse();
    }

    @Test
    void a_call_past_the_pivot_may_be_sent_at_the_deadline() {
        Play play = Play.of(saga(step("a").pivot().noUndo(), step("b").noUndo()).deadline(MINUTE))
                .succeed("a");

        assertThat(Decider.mayStillLeave(play.transaction(), 1, Play.START.plus(MINUTE)))
                .isTrue();
    }

    @Test
    void an_abort_at_the_deadline_before_the_start_has_the_abort_reason_deadline() {
        Play begun = Play.begun(tcc(step("a"))).atTime(MINUTE).abort();
        assertThat(begun.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(begun.answer()).isEqualTo("done");

        Play scheduled = Play.scheduled(sketch(), Play.START.plusSeconds(600));
        assertThat(scheduled.atTime(MINUTE).abort().abortReason()).isEqualTo(AbortReason.DEADLINE);
    }
}

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

/** When time turns the direction, in each state. */
class DeadlineTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static Sketch sketch() {
        return saga(step("a"), step("b")).deadline(MINUTE);
    }

    @Test
    void a_call_in_flight_is_awaited_and_then_undone_with_the_rest() {
        Play play = Play.of(sketch()).succeed("a").later(MINUTE);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.unknown("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @Test
    void a_last_answer_before_it_completes_it() {
        Play play = Play.of(sketch()).succeed("a").later(MINUTE.minusMillis(1)).succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_last_answer_at_it_finds_it_turned() {
        Play play = Play.of(sketch()).succeed("a").later(MINUTE).succeed("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @ParameterizedTest
    @CsvSource({"a, b", "b, a"})
    void the_end_does_not_depend_on_who_answers_first(String first, String second) {
        Play both = Play.of(tcc(step("a"), step("b")).deadline(MINUTE)).later(MINUTE);

        both.succeed(first).succeed(second);

        assertThat(both.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(both.calls()).containsExactly("a cancel", "b cancel");
    }

    @Test
    void an_approval_given_after_it_finds_the_saga_turned() {
        Play play = Play.of(saga(step("a"), step("ask").approval(MINUTE.multipliedBy(9), Approval.Expiry.APPROVE))
                        .deadline(MINUTE))
                .succeed("a")
                .later(MINUTE.minusMillis(1));
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.later(Duration.ofMillis(1));

        assertThat(play.approve("ask").answer()).isNotEqualTo("done");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    /** Makes a saga with a call under way beside a question to people and a step that no retry can help. */
    private static Play besideACallUnderWay() {
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
    void an_answer_to_a_question_after_it_is_refused_also_while_a_call_is_under_way(boolean isApproved) {
        Play play = besideACallUnderWay().later(MINUTE);

        Play asked = isApproved ? play.approve("ask") : play.disapprove("ask");

        assertThat(asked.answer()).isEqualTo("ENT-045");
        assertThat(play.succeed("b").abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @ParameterizedTest
    @EnumSource(Fact.Truth.class)
    void a_statement_after_it_is_refused_also_while_a_call_is_under_way(Fact.Truth truth) {
        Play play = besideACallUnderWay().later(MINUTE);

        assertThat(play.resolve("u", Role.FORWARD, truth).answer()).isEqualTo("ENT-045");
        assertThat(play.succeed("b").abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void a_resume_of_what_is_parked_finds_it_turned() {
        Play play = Play.of(sketch()).misconfigured("a").atTime(MINUTE).resume();

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void a_retry_after_it_calls_nothing_forward() {
        Play play = besideACallUnderWay().later(MINUTE).retry();
        assertThat(play.calls()).containsExactly("b action");

        play.succeed("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).allMatch(call -> call.endsWith(" compensate"));
    }

    @Test
    void an_abort_after_it_does_not_change_why_it_turned() {
        Play play = Play.of(sketch()).later(MINUTE).abort().succeed("a");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.answer()).isEqualTo("done");
    }

    @Test
    void no_branch_joins_after_it_while_its_parent_is_tried() {
        Play play = Play.of(tcc(step("a")).deadline(MINUTE)).later(MINUTE);

        assertThat(play.registerNested(step("a/c")).answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_no_after_it_is_not_why_it_turned() {
        assertThat(Play.of(sketch()).later(MINUTE).reject("a").abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(Play.of(sketch()).later(MINUTE.minusMillis(1)).reject("a").abortReason())
                .isEqualTo(AbortReason.STEP_REJECTED);
    }

    @Test
    void a_question_whose_time_is_over_at_it_is_not_why_it_turned() {
        Play play = Play.of(saga(step("ask").approval(MINUTE, Approval.Expiry.REJECT), step("b"))
                .deadline(MINUTE));

        assertThat(play.later(MINUTE).abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void past_the_pivot_the_last_answer_counts_however_late() {
        Play play = Play.of(saga(step("a"), step("b").pivot().noUndo()).deadline(MINUTE))
                .succeed("a")
                .later(MINUTE)
                .succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_notification_that_is_acknowledged_after_it_has_succeeded() {
        Play play = Play.of(Sketch.notification(step("deliver")).deadline(MINUTE))
                .later(MINUTE)
                .succeed("deliver");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void the_vote_of_the_last_one_to_prepare_comes_too_late() {
        Play play = Play.of(Sketch.twoPhase(step("a"), step("b")).deadline(MINUTE))
                .succeed("a")
                .later(MINUTE)
                .succeed("b");

        assertThat(play.calls()).containsExactly("a rollback", "b rollback");
    }

    @Test
    void a_commit_at_it_is_refused_and_the_transaction_is_undone() {
        Play play = Play.begun(tcc(step("a"))).atTime(MINUTE);

        play.act(new TransactionRequest.Commit(Set.of("a"), Map.of()));

        assertThat(play.answer()).isEqualTo("ENT-040");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a cancel");
    }

    @Test
    void a_commit_after_it_is_refused_also_where_the_transaction_is_parked_meanwhile() {
        Play play = Play.begun(tcc(step("a"))).withSlowStore().atTime(MINUTE);
        for (int claims = 0; claims <= Patience.STANDARD.takeovers(); claims++) {
            play.claim().crash();
        }
        assertThat(play.claim().written().parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);

        play.act(new TransactionRequest.Commit(Set.of("a"), Map.of()));

        assertThat(play.answer()).isEqualTo("ENT-040");
        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
    }

    @Test
    void a_commit_before_it_is_accepted() {
        Play play = Play.begun(tcc(step("a"))).atTime(MINUTE.minusMillis(1));

        play.act(new TransactionRequest.Commit(Set.of("a"), Map.of()));

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
    void a_parked_forward_transaction_is_turned_and_no_longer_parked() {
        Play play = Play.of(sketch()).misconfigured("a");
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(MINUTE));

        play.later(MINUTE);

        assertThat(play.parked()).isNull();
        assertThat(play.history()).contains(HistoryKind.UNPARKED, HistoryKind.DECIDED);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void a_parked_undo_ignores_it() {
        Play play = Play.of(sketch()).succeed("a").reject("b").misconfigured("a");

        assertThat(play.row().dueAt()).isNull();
        assertThat(play.later(MINUTE).calls()).isEmpty();
    }

    @Test
    void a_completion_ignores_it() {
        Play play = Play.of(tcc(step("a")).deadline(MINUTE))
                .succeed("a")
                .later(MINUTE)
                .unknown("a");

        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
    }

    @Test
    void a_begun_transaction_is_undone_as_if_all_its_branches_were_tried() {
        Play play = Play.begun(tcc(step("a"), step("b"))).later(MINUTE);

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a cancel", "b cancel");
    }

    @Test
    void a_scheduled_one_ends_at_its_deadline_without_a_call() {
        Play play = Play.scheduled(sketch(), Play.START.plusSeconds(600)).claim();
        assertThat(play.row().dueAt()).as("before its start").isEqualTo(Play.START.plus(MINUTE));

        assertThat(play.later(MINUTE).state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.history()).doesNotContain(HistoryKind.CALL_FINISHED);
    }

    @Test
    void a_try_has_no_more_time_than_the_transaction() {
        Play play = Play.of(tcc(step("a").timeout(Duration.ofMinutes(5))).deadline(MINUTE));

        assertThat(play.callsUnderWay().getFirst().timeout()).isEqualTo(MINUTE);
    }

    @Test
    void a_call_that_still_waits_at_it_does_not_leave_any_more() {
        Play play = Play.of(sketch()).succeed("a");
        int waiting = play.transaction().plan().indexOf("b");

        assertThat(Decider.mayStillLeave(play.transaction(), waiting, Play.START.plus(MINUTE.minusMillis(1))))
                .isTrue();
        assertThat(Decider.mayStillLeave(play.transaction(), waiting, Play.START.plus(MINUTE)))
                .isFalse();
    }

    @Test
    void a_call_past_the_pivot_leaves_whenever_it_is() {
        Play play = Play.of(saga(step("a").pivot().noUndo(), step("b").noUndo()).deadline(MINUTE))
                .succeed("a");

        assertThat(Decider.mayStillLeave(play.transaction(), 1, Play.START.plus(MINUTE)))
                .isTrue();
    }

    @Test
    void an_abort_at_it_finds_turned_what_has_not_started() {
        Play begun = Play.begun(tcc(step("a"))).atTime(MINUTE).abort();
        assertThat(begun.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(begun.answer()).isEqualTo("done");

        Play scheduled = Play.scheduled(sketch(), Play.START.plusSeconds(600));
        assertThat(scheduled.atTime(MINUTE).abort().abortReason()).isEqualTo(AbortReason.DEADLINE);
    }
}

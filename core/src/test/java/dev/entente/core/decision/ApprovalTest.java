package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.transaction.Approval.Expiry.APPROVE;
import static dev.entente.core.transaction.Approval.Expiry.PARK;
import static dev.entente.core.transaction.Approval.Expiry.REJECT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A person is asked where else a participant is called. */
class ApprovalTest {
    private static final Duration DAY = Duration.ofDays(1);

    private static Sketch order(Approval.Expiry onExpiry, String... approvers) {
        return saga(step("reserve"), step("manager").approval(DAY, onExpiry, approvers), step("pay"));
    }

    private static Play asked(Approval.Expiry onExpiry, String... approvers) {
        return Play.of(order(onExpiry, approvers)).succeed("reserve");
    }

    @Test
    void while_a_person_is_awaited_the_row_rests_until_the_answer_is_due() {
        Play play = asked(REJECT);

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
        assertThat(play.calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(DAY));
        assertThat(play.parked()).isNull();
    }

    @Test
    void whoever_submitted_it_never_decides_even_where_the_plan_names_it() {
        for (String[] approvers : new String[][] {{}, {"boss"}, {"boss", "alice"}}) {
            Sketch own = order(REJECT, approvers).submittedBy("boss");
            Play play = Play.of(own).succeed("reserve").approve("manager");

            assertThat(play.answer()).isEqualTo("ENT-061");
            assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
            assertThat(play.disapprove("manager").answer()).isEqualTo("ENT-061");
        }
        Play another = Play.of(order(REJECT).submittedBy("shop")).succeed("reserve");
        assertThat(another.approve("manager").answer()).isEqualTo("done");
    }

    @Test
    void a_yes_lets_the_steps_behind_it_leave_and_stands_in_the_history() {
        Play play = asked(REJECT).approve("manager");

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("pay action");
        assertThat(play.transaction().progress().history().events())
                .extracting(HistoryEvent::fact)
                .contains(new Fact.ApprovalDecided(
                        play.transaction().plan().indexOf("manager"), true, "boss", "checked"));
        assertThat(play.branch("manager").lastOutcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(play.succeed("pay").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void nothing_behind_a_yes_leaves_before_the_yes_is_durable() {
        Play play = asked(REJECT).withSlowStore().approve("manager");

        assertThat(play.calls()).isEmpty();
        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().calls()).containsExactly("pay action");
        assertThat(play.answer()).isEqualTo("done");
    }

    @Test
    void a_no_undoes_what_was_done_before() {
        Play play = asked(REJECT).disapprove("manager");

        assertThat(play.calls()).containsExactly("reserve compensate");
        assertThat(play.abortReason()).isEqualTo(AbortReason.APPROVAL_REJECTED);
        assertThat(play.transaction().progress().detail()).isEqualTo("manager: rejected by boss: too dear");
        assertThat(play.succeed("reserve").state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("manager")).isEqualTo(BranchState.REJECTED);
        assertThat(play.branch("manager").lastOutcome()).isEqualTo(Outcome.REJECTED);
        assertThat(play.stateOf("pay")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void the_same_answer_again_is_fine_and_another_one_comes_too_late() {
        Play yes = asked(REJECT).approve("manager");
        int revision = yes.transaction().progress().revision();

        assertThat(yes.approve("manager").answer()).isEqualTo("done");
        assertThat(yes.transaction().progress().revision()).isEqualTo(revision);
        assertThat(yes.disapprove("manager").answer()).isEqualTo("ENT-043");
        assertThat(yes.succeed("pay").approve("manager").answer()).isEqualTo("done");
        assertThat(yes.disapprove("manager").answer()).isEqualTo("ENT-043");

        Play no = asked(REJECT).disapprove("manager");
        assertThat(no.disapprove("manager").answer()).isEqualTo("done");
        assertThat(no.approve("manager").answer()).isEqualTo("ENT-043");
        assertThat(no.succeed("reserve").approve("manager").answer()).isEqualTo("ENT-043");
        assertThat(no.disapprove("manager").answer()).isEqualTo("done");
    }

    @Test
    void only_those_whom_the_plan_names_may_answer() {
        assertThat(asked(REJECT, "cfo").approve("manager").answer()).isEqualTo("ENT-061");
        assertThat(asked(REJECT, "cfo").approve("manager").refusal().getMessage())
                .contains("cfo", "boss");
        assertThat(asked(REJECT, "cfo", "boss").approve("manager").answer()).isEqualTo("done");
    }

    @Test
    void what_is_not_asked_cannot_be_answered() {
        Play early = Play.of(order(REJECT));

        assertThat(early.approve("manager").answer()).isEqualTo("ENT-045");
        assertThat(early.approve("pay").answer()).isEqualTo("ENT-045");
        assertThat(early.approve("nobody").answer()).isEqualTo("ENT-030");
        assertThat(early.resolve("manager", Role.FORWARD, Fact.Truth.DONE).answer())
                .isEqualTo("ENT-045");
        assertThat(asked(REJECT).abort().approve("manager").answer()).isEqualTo("ENT-045");
    }

    // ---- nobody answers

    @Test
    void nobody_answering_in_time_may_mean_no() {
        Play play = asked(REJECT).later(DAY);

        assertThat(play.calls()).containsExactly("reserve compensate");
        assertThat(play.abortReason()).isEqualTo(AbortReason.APPROVAL_EXPIRED);
        assertThat(play.disapprove("manager").answer()).isEqualTo("done");
        assertThat(play.approve("manager").answer()).isEqualTo("ENT-043");
    }

    @Test
    void a_missing_answer_may_mean_yes_which_is_durable_before_the_next_call_leaves() {
        Play play = asked(APPROVE).withSlowStore().later(DAY);

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.DONE);
        assertThat(play.calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("pay action");
    }

    @Test
    void nobody_answering_in_time_may_park_and_an_answer_then_still_counts() {
        Play play = asked(PARK).later(DAY);

        assertThat(play.parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);
        assertThat(play.row().dueAt()).isNull();
        assertThat(play.approve("manager").calls()).containsExactly("pay action");
        assertThat(play.parked()).isNull();

        Play no = asked(PARK).later(DAY).disapprove("manager");
        assertThat(no.calls()).containsExactly("reserve compensate");
        assertThat(no.abortReason()).isEqualTo(AbortReason.APPROVAL_REJECTED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void retry_and_resume_ask_anew_and_wait_as_long_again(boolean isRetry) {
        Play play = asked(PARK).later(DAY);

        Play again = isRetry ? play.retry() : play.resume();

        assertThat(again.parked()).isNull();
        assertThat(again.row().dueAt()).isEqualTo(again.now().plus(DAY));
        assertThat(again.later(DAY).parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);
    }

    @Test
    void a_retry_does_not_prolong_a_question_in_time() {
        Play play = asked(REJECT).later(Duration.ofHours(1)).retry();

        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(DAY));
    }

    // ---- what else may come

    @ParameterizedTest
    @EnumSource(Approval.Expiry.class)
    void a_deadline_and_an_abort_turn_what_waits_for_a_person(Approval.Expiry onExpiry) {
        Play late = Play.of(order(onExpiry).deadline(Duration.ofHours(1))).succeed("reserve");
        assertThat(late.row().dueAt()).isEqualTo(Play.START.plus(Duration.ofHours(1)));
        assertThat(late.later(Duration.ofHours(1)).abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(late.stateOf("manager")).isEqualTo(BranchState.SKIPPED);

        Play aborted = asked(onExpiry).abort();
        assertThat(aborted.calls()).containsExactly("reserve compensate");
        assertThat(aborted.succeed("reserve").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_deadline_turns_what_is_parked_because_nobody_answered() {
        Play play = Play.of(order(PARK).deadline(Duration.ofDays(2)))
                .succeed("reserve")
                .later(DAY);

        assertThat(play.parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);
        assertThat(play.later(DAY).abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void other_branches_go_on_while_a_person_is_awaited() {
        Play play = Play.of(saga(
                step("manager").approval(DAY, REJECT),
                step("a"),
                step("b").after("a"),
                step("c").after("manager", "b")));

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
        assertThat(play.calls()).containsExactly("a action");
        assertThat(play.succeed("a").calls()).containsExactly("b action");
        assertThat(play.approve("manager").calls()).containsExactly("b action");
        assertThat(play.succeed("b").calls()).containsExactly("c action");
    }

    @Test
    void a_branch_that_needs_an_operator_parks_it_although_a_person_is_awaited() {
        Play play = Play.of(saga(
                        step("manager").approval(DAY, REJECT),
                        step("a"),
                        step("b").after("a", "manager")))
                .misconfigured("a");

        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.approve("manager").answer()).isEqualTo("done");
        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.retry().succeed("a").calls()).containsExactly("b action");
    }

    @Test
    void after_a_takeover_branches_behind_an_open_approval_were_certainly_never_called() {
        Play play = Play.of(saga(
                        step("manager").approval(DAY, REJECT),
                        step("a"),
                        step("b").after("manager")))
                .flushDue()
                .crashAndAdopt();

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.PENDING);
        assertThat(play.disapprove("manager").succeed("a").stateOf("b")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void a_question_that_was_not_on_record_is_asked_again() {
        Play play =
                Play.of(saga(step("manager").approval(DAY, REJECT), step("a"))).crashAndAdopt();

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
        assertThat(play.branch("manager").attempts()).isZero();
    }

    @Test
    void a_yes_that_was_answered_survives_the_coordinator() {
        Play play = asked(REJECT).approve("manager").crashAndAdopt();

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.DONE);
        assertThat(play.calls()).containsExactly("pay action");
    }

    @Test
    void a_pivot_behind_an_approval_leaves_when_the_yes_and_its_own_record_are_durable() {
        Play play = Play.of(saga(
                        step("manager").approval(DAY, REJECT),
                        step("ship").pivot().noUndo()))
                .withSlowStore()
                .approve("manager");

        assertThat(play.written().calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("ship action");
        assertThat(play.history()).contains(HistoryKind.APPROVAL_DECIDED, HistoryKind.PIVOT_CALLED);
    }

    @Test
    void two_approvals_side_by_side_are_both_needed() {
        Play play = Play.of(saga(
                step("sales").approval(DAY, REJECT),
                step("legal").approval(DAY, REJECT),
                step("pay").after("sales", "legal")));

        assertThat(play.approve("sales").calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.approve("legal").calls()).containsExactly("pay action");
    }

    @Test
    void what_no_person_is_asked_about_yet_can_be_retried() {
        Play play = Play.overloaded(order(REJECT)).retry();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("reserve action");
    }
}

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

/** Branches that wait for the decision of a person instead of a call to a participant. */
class ApprovalTest {
    private static final Duration DAY = Duration.ofDays(1);

    private static Sketch order(Approval.Expiry onExpiry, String... approvers) {
        return saga(step("reserve"), step("manager").approval(DAY, onExpiry, approvers), step("pay"));
    }

    private static Play asked(Approval.Expiry onExpiry, String... approvers) {
        return Play.of(order(onExpiry, approvers)).succeed("reserve");
    }

    @Test
    void the_row_rests_until_the_open_approval_expires() {
        Play play = asked(REJECT);

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
        assertThat(play.calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(DAY));
        assertThat(play.parked()).isNull();
    }

    @Test
    void the_submitter_may_not_decide_even_if_the_plan_names_the_submitter() {
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
    void approve_starts_the_next_step_and_is_recorded_in_the_history() {
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
    void the_next_step_is_called_only_after_the_approve_is_durable() {
        Play play = asked(REJECT).withSlowStore().approve("manager");

        assertThat(play.calls()).isEmpty();
        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().calls()).containsExactly("pay action");
        assertThat(play.answer()).isEqualTo("done");
    }

    @Test
    void a_rejected_approval_compensates_the_earlier_steps() {
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
    void a_repeated_decision_is_accepted_and_a_contrary_decision_is_refused() {
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
    void only_approvers_named_by_the_plan_may_decide() {
        assertThat(asked(REJECT, "cfo").approve("manager").answer()).isEqualTo("ENT-061");
        assertThat(asked(REJECT, "cfo").approve("manager").refusal().getMessage())
                .contains("cfo", "boss");
        assertThat(asked(REJECT, "cfo", "boss").approve("manager").answer()).isEqualTo("done");
    }

    @Test
    void a_decision_is_refused_if_no_approval_is_open() {
        Play early = Play.of(order(REJECT));

        assertThat(early.approve("manager").answer()).isEqualTo("ENT-045");
        assertThat(early.approve("pay").answer()).isEqualTo("ENT-045");
        assertThat(early.approve("unknown").answer()).isEqualTo("ENT-030");
        assertThat(early.resolve("manager", Role.FORWARD, Fact.Truth.DONE).answer())
                .isEqualTo("ENT-045");
        assertThat(asked(REJECT).abort().approve("manager").answer()).isEqualTo("ENT-045");
    }

    // ---- expiry

    @Test
    void an_unanswered_approval_with_expiry_reject_is_rejected() {
        Play play = asked(REJECT).later(DAY);

        assertThat(play.calls()).containsExactly("reserve compensate");
        assertThat(play.abortReason()).isEqualTo(AbortReason.APPROVAL_EXPIRED);
        assertThat(play.disapprove("manager").answer()).isEqualTo("done");
        assertThat(play.approve("manager").answer()).isEqualTo("ENT-043");
    }

    @Test
    void an_unanswered_approval_with_expiry_approve_is_durable_before_the_next_call() {
        Play play = asked(APPROVE).withSlowStore().later(DAY);

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.DONE);
        assertThat(play.calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("pay action");
    }

    @Test
    void an_unanswered_approval_with_expiry_park_parks_and_accepts_a_late_decision() {
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
    void retry_and_resume_restart_the_time_limit_of_an_expired_approval(boolean isRetry) {
        Play play = asked(PARK).later(DAY);

        Play again = isRetry ? play.retry() : play.resume();

        assertThat(again.parked()).isNull();
        assertThat(again.row().dueAt()).isEqualTo(again.now().plus(DAY));
        assertThat(again.later(DAY).parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);
    }

    @Test
    void a_retry_does_not_extend_the_time_limit_of_an_open_approval() {
        Play play = asked(REJECT).later(Duration.ofHours(1)).retry();

        assertThat(play.row().dueAt()).isEqualTo(Play.START.plus(DAY));
    }

    // ---- other events

    @ParameterizedTest
    @EnumSource(Approval.Expiry.class)
    void a_deadline_or_an_abort_compensates_a_saga_with_an_open_approval(Approval.Expiry onExpiry) {
        Play late = Play.of(order(onExpiry).deadline(Duration.ofHours(1))).succeed("reserve");
        assertThat(late.row().dueAt()).isEqualTo(Play.START.plus(Duration.ofHours(1)));
        assertThat(late.later(Duration.ofHours(1)).abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(late.stateOf("manager")).isEqualTo(BranchState.SKIPPED);

        Play aborted = asked(onExpiry).abort();
        assertThat(aborted.calls()).containsExactly("reserve compensate");
        assertThat(aborted.succeed("reserve").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_deadline_switches_a_saga_parked_for_an_expired_approval_to_compensation() {
        Play play = Play.of(order(PARK).deadline(Duration.ofDays(2)))
                .succeed("reserve")
                .later(DAY);

        assertThat(play.parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);
        assertThat(play.later(DAY).abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void other_branches_continue_while_an_approval_is_open() {
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
    void a_misconfigured_branch_parks_the_saga_despite_an_open_approval() {
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
    void a_takeover_leaves_branches_behind_an_open_approval_pending() {
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
    void an_approval_that_was_not_recorded_is_opened_again_after_a_takeover() {
        Play play =
                Play.of(saga(step("manager").approval(DAY, REJECT), step("a"))).crashAndAdopt();

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.AWAITING_APPROVAL);
        assertThat(play.branch("manager").attempts()).isZero();
    }

    @Test
    void an_acknowledged_approve_survives_a_takeover() {
        Play play = asked(REJECT).approve("manager").crashAndAdopt();

        assertThat(play.stateOf("manager")).isEqualTo(BranchState.DONE);
        assertThat(play.calls()).containsExactly("pay action");
    }

    @Test
    void a_pivot_is_called_after_the_approve_and_the_pivots_record_are_durable() {
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
    void a_step_behind_two_parallel_approvals_needs_both() {
        Play play = Play.of(saga(
                step("sales").approval(DAY, REJECT),
                step("legal").approval(DAY, REJECT),
                step("pay").after("sales", "legal")));

        assertThat(play.approve("sales").calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.approve("legal").calls()).containsExactly("pay action");
    }

    @Test
    void a_transaction_can_be_retried_before_its_approval_is_open() {
        Play play = Play.overloaded(order(REJECT)).retry();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("reserve action");
    }
}

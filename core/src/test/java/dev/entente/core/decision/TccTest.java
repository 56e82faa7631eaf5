package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tries, confirms and cancels of plans, and what is nested in them. */
class TccTest {
    @Test
    void tries_leave_together_and_confirms_leave_together() {
        Play play = Play.of(tcc(step("a"), step("b")));

        assertThat(play.calls()).containsExactly("a try", "b try");
        assertThat(play.succeed("b").succeed("a").calls()).containsExactly("a confirm", "b confirm");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CONFIRMED);
    }

    @Test
    void sequential_tries_and_confirms_go_in_order_and_cancels_in_reverse() {
        Sketch sketch = tcc(step("a"), step("b").after("a"), step("c").after("b"));
        Play confirmed = Play.of(sketch).succeed("a").succeed("b").succeed("c");
        assertThat(confirmed.calls()).containsExactly("a confirm");
        assertThat(confirmed.succeed("a").calls()).containsExactly("b confirm");

        Play cancelled = Play.of(sketch).succeed("a").succeed("b").reject("c");
        assertThat(cancelled.calls()).containsExactly("b cancel");
        assertThat(cancelled.succeed("b").calls()).containsExactly("a cancel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rejected", "failed", "exhausted"})
    void a_no_cancels_all_that_may_have_been_tried(String how) {
        Play play = Play.of(tcc(step("a"), step("b").attempts(1), step("c").after("b")));
        play.succeed("a");
        switch (how) {
            case "rejected" -> play.reject("b");
            case "failed" -> play.fail("b");
            default -> play.unknown("b");
        }

        if (how.equals("rejected")) {
            assertThat(play.calls()).containsExactly("a cancel");
        } else {
            assertThat(play.calls()).containsExactly("a cancel", "b cancel");
        }
        assertThat(play.stateOf("c")).isEqualTo(BranchState.SKIPPED);
    }

    // ---- nested, declared by the plan

    @Test
    void declared_children_are_tried_when_their_parent_has_been_to_any_depth() {
        Play play = Play.of(tcc(step("a"), step("b"), step("a/x"), step("a/x/y"), step("a/x/y/z")));

        assertThat(play.calls()).containsExactly("a try", "b try");
        assertThat(play.succeed("b").succeed("a").calls()).containsExactly("a/x try");
        assertThat(play.succeed("a/x").calls()).containsExactly("a/x/y try");
        assertThat(play.succeed("a/x/y").calls()).containsExactly("a/x/y/z try");
        assertThat(play.succeed("a/x/y/z").calls()).containsExactly("a confirm", "b confirm");
        assertThat(play.succeed("a").calls()).containsExactly("b confirm", "a/x confirm");
    }

    @Test
    void a_refused_child_cancels_all_children_first() {
        Play play = Play.of(tcc(step("a"), step("b"), step("a/x"), step("a/y"), step("a/x/z")));
        play.succeed("a").succeed("b").succeed("a/x").succeed("a/y").reject("a/x/z");

        assertThat(play.calls()).containsExactly("b cancel", "a/x cancel", "a/y cancel");
        assertThat(play.succeed("a/x").calls()).containsExactly("b cancel", "a/y cancel");
        assertThat(play.succeed("a/y").calls()).containsExactly("b cancel", "a cancel");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void the_declared_children_of_a_refused_parent_are_never_called() {
        Play play = Play.of(tcc(step("a"), step("a/x"), step("a/x/y"))).reject("a");

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a/x")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.stateOf("a/x/y")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void one_after_another_means_children_too() {
        Play play = Play.of(tcc(step("a"), step("a/x").after("a"), step("b").after("a/x")));

        assertThat(play.succeed("a").calls()).containsExactly("a/x try");
        assertThat(play.succeed("a/x").calls()).containsExactly("b try");
        assertThat(play.reject("b").calls()).containsExactly("a/x cancel");
        assertThat(play.succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void a_declared_child_whose_try_a_dead_owner_may_have_called_is_tried_again() {
        Play play = Play.of(tcc(step("a"), step("a/x"))).succeed("a").crashAndAdopt();

        assertThat(play.calls()).containsExactly("a try");
        assertThat(play.succeed("a").calls()).containsExactly("a/x try");
        assertThat(play.succeed("a/x").calls()).containsExactly("a confirm");
    }

    @Test
    void a_child_joins_below_a_declared_child_that_is_being_tried() {
        Play play = Play.of(tcc(step("a"), step("a/x")));
        assertThat(play.registerNested(step("a/x/y")).answer()).isEqualTo("ENT-045");

        assertThat(play.succeed("a").registerNested(step("a/x/y")).answer()).isEqualTo("done");
        assertThat(play.succeed("a/x").calls()).containsExactly("a confirm");
    }

    @Test
    void a_declared_child_is_not_registered_a_second_time() {
        Play play = Play.of(tcc(step("a"), step("a/x")));

        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("ENT-031");
        assertThat(play.refusal()).hasMessageContaining("the coordinator calls its try");
    }

    // ---- nested, registered at run time

    @Test
    void a_child_joins_during_its_parents_try_and_is_durable_before_it_is_answered() {
        Play play = Play.of(tcc(step("a"))).withSlowStore().registerNested(step("a/x"));

        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().answer()).isEqualTo("done");
        assertThat(play.row().plan().indexOf("a/x")).isEqualTo(1);
    }

    @Test
    void a_parent_is_confirmed_before_its_children_and_cancelled_after_them() {
        Play confirmed = Play.of(tcc(step("a"))).registerNested(step("a/x")).succeed("a");
        assertThat(confirmed.calls()).containsExactly("a confirm");
        assertThat(confirmed.succeed("a").calls()).containsExactly("a/x confirm");

        Play cancelled = Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x"));
        cancelled.succeed("a").reject("b");
        assertThat(cancelled.calls()).containsExactly("a/x cancel");
        assertThat(cancelled.succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void the_children_of_a_parent_whose_no_is_trusted_are_cancelled() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).reject("a");

        assertThat(play.calls()).containsExactly("a/x cancel");
        assertThat(play.succeed("a/x").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_parent_that_names_its_children_has_them_confirmed() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));
        play.succeedNaming("a", "x", "x/y");

        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.succeed("a").succeed("a/x").calls()).containsExactly("a/x/y confirm");
    }

    @Test
    void a_child_whose_participant_names_nothing_is_passed_on_with_all_below_it() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));

        assertThat(play.succeedNaming("a", "x", "x/*").calls()).containsExactly("a confirm");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "y", "x/y", "x/*", "y/*"})
    void a_parent_that_leaves_out_a_child_cancels_all(String named) {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));
        play.succeedNaming("a", named);

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_FAILED);
        assertThat(play.transaction().progress().detail())
                .contains(named.equals("x") ? "'a/x/y'" : "'a/x'")
                .contains("does not list the branch");
        assertThat(play.calls()).containsExactly("a/x/y cancel");
        assertThat(play.succeed("a/x/y").succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void a_parent_answers_for_its_own_registrations_alone() {
        Play play = Play.of(tcc(step("a"), step("a/x"), step("b")))
                .registerNested(step("b/y"))
                .succeedNaming("a");
        play.registerNested(step("a/x/z"));

        play.succeedNaming("a/x", "z").succeedNaming("b", "y");
        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
    }

    @Test
    void a_child_may_have_children() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.succeed("a").succeed("a").succeed("a/x").calls()).containsExactly("a/x/y confirm");
    }

    @Test
    void the_same_child_again_is_known_and_another_under_its_name_is_refused() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x"));
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.transaction().plan().branches()).hasSize(2);

        assertThat(play.registerNested(step("a/x").attempts(1)).answer()).isEqualTo("ENT-031");
    }

    @Test
    void after_the_decision_no_child_joins_not_even_a_known_one() {
        Play play = Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x"));
        play.succeed("a").succeed("b");

        assertThat(play.registerNested(step("a/y")).answer()).isEqualTo("ENT-040");
        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_child_of_a_parent_that_has_answered_is_refused() {
        Play play = Play.of(tcc(step("a"), step("b"))).succeed("a");

        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("ENT-045");
    }

    @Test
    void a_child_joins_between_two_attempts_at_its_parent() {
        Play play = Play.of(tcc(step("a"))).unknown("a").registerNested(step("a/x"));
        assertThat(play.answer()).isEqualTo("done");

        play.later(Duration.ofSeconds(1)).succeed("a");
        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.succeed("a").calls()).containsExactly("a/x confirm");
    }

    @Test
    void a_child_joins_while_its_parents_next_attempt_is_far_off_and_that_stays_as_it_was() {
        Play play = Play.of(tcc(step("a"))).inProgress("a", Duration.ofMinutes(1));
        assertThat(play.row().isOwned()).isFalse();

        play.registerNested(step("a/x"));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.row().plan().indexOf("a/x")).isEqualTo(1);
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plusSeconds(60));
        assertThat(play.later(Duration.ofMinutes(1)).calls()).containsExactly("a try");
    }

    @Test
    void a_child_joins_below_a_try_that_a_dead_owner_may_have_called() {
        Play play = Play.of(tcc(step("a"), step("b").after("a"))).crashAndAdopt();

        assertThat(play.registerNested(step("b/x")).answer()).isEqualTo("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"not yet called", "never sent", "parked"})
    void no_child_joins_below_a_try_that_cannot_be_at_work_or_stands_parked(String how) {
        Play play = Play.of(tcc(step("a"), step("b").after("a")));
        switch (how) {
            case "never sent" -> play.succeed("a").notSent("b", Duration.ofSeconds(1));
            case "parked" -> play.succeed("a").misconfigured("b");
            default -> {}
        }

        assertThat(play.registerNested(step("b/x")).answer()).isEqualTo("ENT-045");
    }

    @Test
    void a_branch_that_joins_during_a_write_is_in_the_next_even_if_that_lets_the_row_go() {
        Play play =
                Play.of(tcc(step("a"), step("b"))).withSlowStore().succeed("b").flushDue();
        play.registerNested(step("a/x")).inProgress("a", Duration.ofMinutes(1));

        play.written();
        assertThat(play.write()).isEqualTo("Flush");
        play.written();

        assertThat(play.row().plan().indexOf("a/x")).isEqualTo(2);
        assertThat(play.write()).isEqualTo("Rest");
    }

    @Test
    void no_call_leaves_because_a_branch_joins_or_may_not_join_while_an_act_is_put_off() {
        Play play = Play.of(tcc(step("a"), step("b"))).unknown("b").force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("done");
        assertThat(play.registerNested(step("nobody/x")).answer()).isEqualTo("ENT-045");

        assertThat(play.later(Duration.ofSeconds(5)).calls()).containsExactly("a try");
    }

    @Test
    void nobody_joins_below_a_child_whose_parent_has_answered() {
        Play play =
                Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x")).succeed("a");

        assertThat(play.registerNested(step("a/x/y")).answer()).isEqualTo("ENT-045");
    }
}

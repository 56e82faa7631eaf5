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

/** Tries, confirms and cancels of submitted TCC transactions, and nested branches. */
class TccTest {
    @Test
    void tries_are_called_together_and_confirms_are_called_together() {
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
    void an_unsuccessful_try_cancels_all_branches_that_may_have_been_tried(String how) {
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
    void declared_children_at_any_depth_are_tried_after_their_parent() {
        Play play = Play.of(tcc(step("a"), step("b"), step("a/x"), step("a/x/y"), step("a/x/y/z")));

        assertThat(play.calls()).containsExactly("a try", "b try");
        assertThat(play.succeed("b").succeed("a").calls()).containsExactly("a/x try");
        assertThat(play.succeed("a/x").calls()).containsExactly("a/x/y try");
        assertThat(play.succeed("a/x/y").calls()).containsExactly("a/x/y/z try");
        assertThat(play.succeed("a/x/y/z").calls()).containsExactly("a confirm", "b confirm");
        assertThat(play.succeed("a").calls()).containsExactly("b confirm", "a/x confirm");
    }

    @Test
    void after_a_rejected_child_children_are_cancelled_before_their_parents() {
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
    void a_declared_order_includes_nested_branches() {
        Play play = Play.of(tcc(step("a"), step("a/x").after("a"), step("b").after("a/x")));

        assertThat(play.succeed("a").calls()).containsExactly("a/x try");
        assertThat(play.succeed("a/x").calls()).containsExactly("b try");
        assertThat(play.reject("b").calls()).containsExactly("a/x cancel");
        assertThat(play.succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void a_takeover_repeats_the_tries_of_a_parent_and_its_declared_child() {
        Play play = Play.of(tcc(step("a"), step("a/x"))).succeed("a").crashAndAdopt();

        assertThat(play.calls()).containsExactly("a try");
        assertThat(play.succeed("a").calls()).containsExactly("a/x try");
        assertThat(play.succeed("a/x").calls()).containsExactly("a confirm");
    }

    @Test
    void a_child_can_register_below_a_declared_child_during_its_try() {
        Play play = Play.of(tcc(step("a"), step("a/x")));
        assertThat(play.registerNested(step("a/x/y")).answer()).isEqualTo("ENT-045");

        assertThat(play.succeed("a").registerNested(step("a/x/y")).answer()).isEqualTo("done");
        assertThat(play.succeed("a/x").calls()).containsExactly("a confirm");
    }

    @Test
    void a_registration_of_a_declared_child_is_refused() {
        Play play = Play.of(tcc(step("a"), step("a/x")));

        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("ENT-031");
        assertThat(play.refusal()).hasMessageContaining("the coordinator calls its try");
    }

    // ---- nested, registered at run time

    @Test
    void a_registration_during_the_parents_try_is_durable_before_the_answer() {
        Play play = Play.of(tcc(step("a"))).withSlowStore().registerNested(step("a/x"));

        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().answer()).isEqualTo("done");
        assertThat(play.row().plan().indexOf("a/x")).isEqualTo(1);
    }

    @Test
    void a_parent_is_confirmed_before_and_cancelled_after_its_children() {
        Play confirmed = Play.of(tcc(step("a"))).registerNested(step("a/x")).succeed("a");
        assertThat(confirmed.calls()).containsExactly("a confirm");
        assertThat(confirmed.succeed("a").calls()).containsExactly("a/x confirm");

        Play cancelled = Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x"));
        cancelled.succeed("a").reject("b");
        assertThat(cancelled.calls()).containsExactly("a/x cancel");
        assertThat(cancelled.succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void a_trusted_rejection_of_a_parent_cancels_its_registered_children() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).reject("a");

        assertThat(play.calls()).containsExactly("a/x cancel");
        assertThat(play.succeed("a/x").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void children_named_in_the_parents_response_are_confirmed() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));
        play.succeedNaming("a", "x", "x/y");

        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.succeed("a").succeed("a/x").calls()).containsExactly("a/x/y confirm");
    }

    @Test
    void a_wildcard_in_a_parents_response_covers_all_descendants_of_a_child() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));

        assertThat(play.succeedNaming("a", "x", "x/*").calls()).containsExactly("a confirm");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "y", "x/y", "x/*", "y/*"})
    void a_parents_response_that_omits_a_child_cancels_all_branches(String named) {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));
        play.succeedNaming("a", named);

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_FAILED);
        assertThat(play.transaction().progress().detail())
                .contains(named.equals("x") ? "'a/x/y'" : "'a/x'")
                .contains("but the response does not list");
        assertThat(play.calls()).containsExactly("a/x/y cancel");
        assertThat(play.succeed("a/x/y").succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void a_parents_response_need_not_name_declared_children_or_their_registrations() {
        Play play = Play.of(tcc(step("a"), step("a/x"), step("b")))
                .registerNested(step("b/y"))
                .succeedNaming("a");
        play.registerNested(step("a/x/z"));

        play.succeedNaming("a/x", "z").succeedNaming("b", "y");
        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
    }

    @Test
    void a_registered_child_may_have_a_registered_child() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x/y"));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.succeed("a").succeed("a").succeed("a/x").calls()).containsExactly("a/x/y confirm");
    }

    @Test
    void a_repeated_registration_is_accepted_only_with_equal_content() {
        Play play = Play.of(tcc(step("a"))).registerNested(step("a/x")).registerNested(step("a/x"));
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.transaction().plan().branches()).hasSize(2);

        assertThat(play.registerNested(step("a/x").attempts(1)).answer()).isEqualTo("ENT-031");
    }

    @Test
    void registrations_after_the_decision_are_refused_even_if_repeated() {
        Play play = Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x"));
        play.succeed("a").succeed("b");

        assertThat(play.registerNested(step("a/y")).answer()).isEqualTo("ENT-040");
        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_registration_below_an_answered_parent_is_refused() {
        Play play = Play.of(tcc(step("a"), step("b"))).succeed("a");

        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("ENT-045");
    }

    @Test
    void a_child_can_register_between_two_attempts_of_its_parents_try() {
        Play play = Play.of(tcc(step("a"))).unknown("a").registerNested(step("a/x"));
        assertThat(play.answer()).isEqualTo("done");

        play.later(Duration.ofSeconds(1)).succeed("a");
        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.succeed("a").calls()).containsExactly("a/x confirm");
    }

    @Test
    void a_registration_keeps_the_time_of_the_parents_next_attempt() {
        Play play = Play.of(tcc(step("a"))).inProgress("a", Duration.ofMinutes(1));
        assertThat(play.row().isOwned()).isFalse();

        play.registerNested(step("a/x"));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.row().plan().indexOf("a/x")).isEqualTo(1);
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plusSeconds(60));
        assertThat(play.later(Duration.ofMinutes(1)).calls()).containsExactly("a try");
    }

    @Test
    void a_child_can_register_below_a_suspected_try_after_a_takeover() {
        Play play = Play.of(tcc(step("a"), step("b").after("a"))).crashAndAdopt();

        assertThat(play.registerNested(step("b/x")).answer()).isEqualTo("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"not yet called", "never sent", "parked"})
    void a_registration_below_an_unsent_or_parked_try_is_refused(String how) {
        Play play = Play.of(tcc(step("a"), step("b").after("a")));
        switch (how) {
            case "never sent" -> play.succeed("a").notSent("b", Duration.ofSeconds(1));
            case "parked" -> play.succeed("a").misconfigured("b");
            default -> {}
        }

        assertThat(play.registerNested(step("b/x")).answer()).isEqualTo("ENT-045");
    }

    @Test
    void a_registration_during_a_write_is_written_before_the_row_is_released() {
        Play play =
                Play.of(tcc(step("a"), step("b"))).withSlowStore().succeed("b").flushDue();
        play.registerNested(step("a/x")).inProgress("a", Duration.ofMinutes(1));

        play.written();
        assertThat(play.write()).isEqualTo("Flush");
        play.written();

        assertThat(play.row().plan().indexOf("a/x")).isEqualTo(2);
        assertThat(play.write()).isEqualTo("Release");
    }

    @Test
    void a_registration_sends_no_call_while_a_force_finish_is_deferred() {
        Play play = Play.of(tcc(step("a"), step("b"))).unknown("b").force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("done");
        assertThat(play.registerNested(step("unknown/x")).answer()).isEqualTo("ENT-045");

        assertThat(play.later(Duration.ofSeconds(5)).calls()).containsExactly("a try");
    }

    @Test
    void a_registration_below_a_child_of_an_answered_parent_is_refused() {
        Play play =
                Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x")).succeed("a");

        assertThat(play.registerNested(step("a/x/y")).answer()).isEqualTo("ENT-045");
    }
}

package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.OutcomeKind.FAILED;
import static dev.entente.simulation.reference.OutcomeKind.MISCONFIGURED;
import static dev.entente.simulation.reference.OutcomeKind.OK;
import static dev.entente.simulation.reference.OutcomeKind.REJECTED;
import static dev.entente.simulation.reference.Plans.branch;
import static dev.entente.simulation.reference.Plans.cancelRequiring;
import static dev.entente.simulation.reference.Plans.tcc;
import static dev.entente.simulation.reference.Plans.tryBinding;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests of the rules in rules.md and tcc.md. */
final class TccRulesTest {
    private static final String TRY = "try";

    @Test
    void tries_are_sent_at_once_or_in_sequence_if_sequential() {
        assertThat(RuleScenario.of(tcc(false, branch("a", ""), branch("b", ""))).mayLeave())
                .containsExactly("a/try", "b/try");
        RuleScenario sequential = RuleScenario.of(tcc(true, branch("a", ""), branch("b", "")));
        assertThat(sequential.mayLeave()).containsExactly("a/try");
        assertThat(sequential.does("a", TRY, OK).mayLeave()).containsExactly("b/try");
    }

    @Test
    void a_response_read_by_a_try_is_recorded_before_the_try() {
        RuleScenario sequential = RuleScenario.of(tcc(true, branch("a", ""), tryBinding(branch("b", ""), "a")));
        sequential.does("a", TRY, OK);
        assertThat(sequential.mayLeave()).isEmpty();
        assertThat(sequential.flushes().mayLeave()).containsExactly("b/try");
    }

    @Test
    void a_response_required_by_a_cancel_is_recorded_before_its_branchs_try() {
        RuleScenario nested = RuleScenario.of(tcc(false, branch("a", ""), cancelRequiring(branch("fee", "a"), "a")));
        assertThat(nested.does("a", TRY, OK).calls("a/fee", TRY).broken()).containsExactly("Forward 5");
        RuleScenario sequential = RuleScenario.of(tcc(true, branch("a", ""), cancelRequiring(branch("b", ""), "a")));
        sequential.does("a", TRY, OK);
        assertThat(sequential.mayLeave()).isEmpty();
        assertThat(sequential.flushes().mayLeave()).containsExactly("b/try");
    }

    @Test
    void a_declared_child_is_tried_when_its_parents_try_has_succeeded() {
        RuleScenario tcc = RuleScenario.of(tcc(false, branch("a", ""), branch("fee", "a"), branch("tax", "a/fee")));
        assertThat(tcc.mayLeave()).containsExactly("a/try");
        assertThat(tcc.does("a", TRY, OK).mayLeave()).containsExactly("a/fee/try");
        assertThat(tcc.does("a/fee", TRY, OK).mayLeave()).containsExactly("a/fee/tax/try");
        assertThat(tcc.ending()).isNull();
        assertThat(tcc.decidesToComplete().broken()).containsExactly("Who is completed 1");
    }

    @Test
    void a_refused_child_cancels_children_before_their_parents() {
        RuleScenario tcc = RuleScenario.of(tcc(false, branch("a", ""), branch("fee", "a"), branch("tax", "a/fee")));
        tcc.does("a", TRY, OK)
                .does("a/fee", TRY, OK)
                .does("a/fee/tax", TRY, REJECTED)
                .decidesToUndo();
        assertThat(tcc.mayLeave()).containsExactly("a/fee/cancel");
        assertThat(tcc.does("a/fee", "cancel", OK).mayLeave()).containsExactly("a/cancel");
        assertThat(tcc.does("a", "cancel", OK).writes(Stage.ABORTED).broken()).isEmpty();
    }

    @Test
    void parents_are_confirmed_before_their_children() {
        RuleScenario tcc = RuleScenario.of(tcc(false, branch("a", ""), branch("fee", "a"), branch("b", "")));
        tcc.does("a", TRY, OK).does("b", TRY, OK).does("a/fee", TRY, OK).decidesToComplete();
        assertThat(tcc.mayLeave()).containsExactly("a/confirm", "b/confirm");
        assertThat(tcc.does("a", "confirm", OK).mayLeave()).containsExactly("a/fee/confirm", "b/confirm");
        assertThat(tcc.writes(Stage.SUCCEEDED).broken()).containsExactly("Ends");
    }

    // ---- registered

    private static RuleScenario interactive() {
        return RuleScenario.begun(tcc(false).build()).joins(branch("a", "")).joins(branch("fee", "a"));
    }

    @Test
    void the_coordinator_does_not_try_a_registered_branch() {
        assertThat(interactive().mayLeave()).isEmpty();
    }

    @Test
    void a_commit_that_omits_a_registered_child_decides_nothing() {
        RuleScenario tcc = interactive().asks(new Request.Commit(Set.of("a")));
        tcc.notes(new RecordEntry.Decided(5, false)).takes(Stage.COMPLETING);
        assertThat(tcc.broken()).containsExactly("Who is completed 2");
    }

    @Test
    void a_commit_completes_a_child_named_directly_or_by_wildcard() {
        RuleScenario named = interactive().asks(new Request.Commit(Set.of("a", "a/fee")));
        named.notes(new RecordEntry.Decided(5, false)).takes(Stage.COMPLETING);
        RuleScenario reportedTried = interactive().asks(new Request.Commit(Set.of("a", "a/*")));
        reportedTried.notes(new RecordEntry.Decided(5, false)).takes(Stage.COMPLETING);
        for (RuleScenario tcc : new RuleScenario[] {named, reportedTried}) {
            assertThat(tcc.mayLeave()).containsExactly("a/confirm");
            tcc.does("a", "confirm", OK).does("a/fee", "confirm", OK).writes(Stage.SUCCEEDED);
            assertThat(tcc.broken()).isEmpty();
        }
    }

    @Test
    void a_commit_with_a_child_but_without_its_parent_is_refused() {
        RuleScenario tcc = interactive().asks(new Request.Commit(Set.of("a/fee")));
        assertThat(tcc.notes(new RecordEntry.Decided(5, false))
                        .takes(Stage.COMPLETING)
                        .broken())
                .containsExactly("Who is completed 2");
    }

    @Test
    void an_abort_cancels_registered_children_before_their_parents() {
        RuleScenario tcc = interactive().asks(new Request.Abort());
        tcc.notes(new RecordEntry.Decided(5, true)).takes(Stage.UNDOING);
        assertThat(tcc.mayLeave()).containsExactly("a/fee/cancel");
        assertThat(tcc.calls("a", "cancel").broken()).containsExactly("Who is undone 5");
    }

    @Test
    void a_child_named_in_its_parents_trailer_allows_completion() {
        RuleScenario tcc =
                RuleScenario.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, OK, Set.of("a/fee")).decidesToComplete();
        assertThat(tcc.broken()).isEmpty();
        assertThat(tcc.mayLeave()).containsExactly("a/confirm");
    }

    @Test
    void a_registered_child_omitted_by_its_parents_trailer_causes_cancellation() {
        RuleScenario tcc =
                RuleScenario.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, OK, Set.of());
        assertThat(tcc.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "a/fee"), Set.of()));
        assertThat(tcc.decidesToComplete().broken()).containsExactly("Switch to undo 1");
    }

    @Test
    void a_parent_without_a_trailer_confirms_its_registered_children() {
        RuleScenario tcc =
                RuleScenario.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, OK);
        assertThat(tcc.ending()).isEqualTo(new Ending(Stage.SUCCEEDED, Set.of(), Set.of("a", "a/fee")));
    }

    @Test
    void an_operators_statement_does_not_confirm_a_registered_child() {
        RuleScenario tcc =
                RuleScenario.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, MISCONFIGURED).asks(new Request.State("a", TRY, Request.Truth.DONE));
        tcc.notes(new RecordEntry.Stated(5, "a", TRY, Request.Truth.DONE)).decidesToComplete();
        assertThat(tcc.broken()).containsExactly("Who is completed 1");
        assertThat(tcc.ending()).isNull();
    }

    @Test
    void an_operators_statement_is_enough_without_registered_children() {
        RuleScenario tcc = RuleScenario.of(tcc(false, branch("a", ""))).does("a", TRY, MISCONFIGURED);
        tcc.asks(new Request.State("a", TRY, Request.Truth.DONE))
                .notes(new RecordEntry.Stated(5, "a", TRY, Request.Truth.DONE));
        assertThat(tcc.decidesToComplete().broken()).isEmpty();
    }

    @Test
    void a_branch_with_a_registered_child_is_cancelled_behind_a_failed_branch() {
        RuleScenario tcc = RuleScenario.of(tcc(true, branch("a", ""), branch("b", "")));
        tcc.takenOver(List.of()).joins(branch("fee", "b"));
        tcc.does("a", TRY, FAILED).decidesToUndo();
        assertThat(tcc.mayLeave()).containsExactly("b/fee/cancel");
        assertThat(tcc.does("b/fee", "cancel", OK).mayLeave()).containsExactly("b/cancel");
    }
}

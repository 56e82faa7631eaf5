package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.AnswerKind.FAILED;
import static dev.entente.simulation.reference.AnswerKind.MISCONFIGURED;
import static dev.entente.simulation.reference.AnswerKind.OK;
import static dev.entente.simulation.reference.AnswerKind.REJECTED;
import static dev.entente.simulation.reference.Plans.branch;
import static dev.entente.simulation.reference.Plans.cancelRequiring;
import static dev.entente.simulation.reference.Plans.tcc;
import static dev.entente.simulation.reference.Plans.tryBinding;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sentences of rules.md and tcc.md. */
final class TccRulesTest {
    private static final String TRY = "try";

    @Test
    void tries_leave_all_at_once_and_with_sequential_one_after_another() {
        assertThat(Rehearsal.of(tcc(false, branch("a", ""), branch("b", ""))).mayLeave())
                .containsExactly("a/try", "b/try");
        Rehearsal sequential = Rehearsal.of(tcc(true, branch("a", ""), branch("b", "")));
        assertThat(sequential.mayLeave()).containsExactly("a/try");
        assertThat(sequential.does("a", TRY, OK).mayLeave()).containsExactly("b/try");
    }

    @Test
    void a_response_that_a_try_reads_is_on_record_before_it_is_called() {
        Rehearsal sequential = Rehearsal.of(tcc(true, branch("a", ""), tryBinding(branch("b", ""), "a")));
        sequential.does("a", TRY, OK);
        assertThat(sequential.mayLeave()).isEmpty();
        assertThat(sequential.flushes().mayLeave()).containsExactly("b/try");
    }

    @Test
    void a_response_that_a_cancel_requires_is_on_record_before_its_own_branch_is_tried() {
        Rehearsal nested = Rehearsal.of(tcc(false, branch("a", ""), cancelRequiring(branch("fee", "a"), "a")));
        assertThat(nested.does("a", TRY, OK).calls("a/fee", TRY).broken()).containsExactly("saga.md, Order");
        Rehearsal sequential = Rehearsal.of(tcc(true, branch("a", ""), cancelRequiring(branch("b", ""), "a")));
        sequential.does("a", TRY, OK);
        assertThat(sequential.mayLeave()).isEmpty();
        assertThat(sequential.flushes().mayLeave()).containsExactly("b/try");
    }

    @Test
    void a_declared_child_is_tried_when_its_parents_try_has_succeeded() {
        Rehearsal tcc = Rehearsal.of(tcc(false, branch("a", ""), branch("fee", "a"), branch("tax", "a/fee")));
        assertThat(tcc.mayLeave()).containsExactly("a/try");
        assertThat(tcc.does("a", TRY, OK).mayLeave()).containsExactly("a/fee/try");
        assertThat(tcc.does("a/fee", TRY, OK).mayLeave()).containsExactly("a/fee/tax/try");
        assertThat(tcc.ending()).isNull();
        assertThat(tcc.decidesToComplete().broken()).containsExactly("Who is completed 1");
    }

    @Test
    void a_refused_child_cancels_all_children_first() {
        Rehearsal tcc = Rehearsal.of(tcc(false, branch("a", ""), branch("fee", "a"), branch("tax", "a/fee")));
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
        Rehearsal tcc = Rehearsal.of(tcc(false, branch("a", ""), branch("fee", "a"), branch("b", "")));
        tcc.does("a", TRY, OK).does("b", TRY, OK).does("a/fee", TRY, OK).decidesToComplete();
        assertThat(tcc.mayLeave()).containsExactly("a/confirm", "b/confirm");
        assertThat(tcc.does("a", "confirm", OK).mayLeave()).containsExactly("a/fee/confirm", "b/confirm");
        assertThat(tcc.writes(Stage.SUCCEEDED).broken()).containsExactly("Ends");
    }

    // ---- registered

    private static Rehearsal interactive() {
        return Rehearsal.begun(tcc(false).build()).joins(branch("a", "")).joins(branch("fee", "a"));
    }

    @Test
    void nobody_but_who_registered_it_tries_a_registered_branch() {
        assertThat(interactive().mayLeave()).isEmpty();
    }

    @Test
    void a_commit_that_leaves_out_a_registered_child_decides_nothing() {
        Rehearsal tcc = interactive().asks(new Request.Commit(Set.of("a")));
        tcc.notes(new RecordEntry.Decided(5, false)).takes(Stage.COMPLETING);
        assertThat(tcc.broken()).containsExactly("Who is completed 2");
    }

    @Test
    void a_commit_that_names_the_child_or_whose_parent_vouches_completes_it() {
        Rehearsal named = interactive().asks(new Request.Commit(Set.of("a", "a/fee")));
        named.notes(new RecordEntry.Decided(5, false)).takes(Stage.COMPLETING);
        Rehearsal reportedTried = interactive().asks(new Request.Commit(Set.of("a", "a/*")));
        reportedTried.notes(new RecordEntry.Decided(5, false)).takes(Stage.COMPLETING);
        for (Rehearsal tcc : new Rehearsal[] {named, reportedTried}) {
            assertThat(tcc.mayLeave()).containsExactly("a/confirm");
            tcc.does("a", "confirm", OK).does("a/fee", "confirm", OK).writes(Stage.SUCCEEDED);
            assertThat(tcc.broken()).isEmpty();
        }
    }

    @Test
    void a_child_whose_parent_is_not_named_refuses_the_commit() {
        Rehearsal tcc = interactive().asks(new Request.Commit(Set.of("a/fee")));
        assertThat(tcc.notes(new RecordEntry.Decided(5, false))
                        .takes(Stage.COMPLETING)
                        .broken())
                .containsExactly("Who is completed 2");
    }

    @Test
    void every_registered_branch_may_have_been_called() {
        Rehearsal tcc = interactive().asks(new Request.Abort());
        tcc.notes(new RecordEntry.Decided(5, true)).takes(Stage.UNDOING);
        assertThat(tcc.mayLeave()).containsExactly("a/fee/cancel");
        assertThat(tcc.calls("a", "cancel").broken()).containsExactly("Who is undone 5");
    }

    @Test
    void a_parents_trailer_names_its_registered_children() {
        Rehearsal tcc =
                Rehearsal.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, OK, Set.of("a/fee")).decidesToComplete();
        assertThat(tcc.broken()).isEmpty();
        assertThat(tcc.mayLeave()).containsExactly("a/confirm");
    }

    @Test
    void a_registered_child_that_its_parents_trailer_leaves_out_turns_it() {
        Rehearsal tcc =
                Rehearsal.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, OK, Set.of());
        assertThat(tcc.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "a/fee"), Set.of()));
        assertThat(tcc.decidesToComplete().broken()).containsExactly("Turning 1");
    }

    @Test
    void a_parent_without_a_trailer_vouches_for_its_children() {
        Rehearsal tcc =
                Rehearsal.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, OK);
        assertThat(tcc.ending()).isEqualTo(new Ending(Stage.SUCCEEDED, Set.of(), Set.of("a", "a/fee")));
    }

    @Test
    void an_operators_word_vouches_for_no_child() {
        Rehearsal tcc =
                Rehearsal.of(tcc(false, branch("a", ""))).calls("a", TRY).joins(branch("fee", "a"));
        tcc.hears("a", TRY, MISCONFIGURED).asks(new Request.State("a", TRY, Request.Truth.DONE));
        tcc.notes(new RecordEntry.Stated(5, "a", TRY, Request.Truth.DONE)).decidesToComplete();
        assertThat(tcc.broken()).containsExactly("Who is completed 1");
        assertThat(tcc.ending()).isNull();
    }

    @Test
    void an_operators_word_is_enough_where_nothing_joined() {
        Rehearsal tcc = Rehearsal.of(tcc(false, branch("a", ""))).does("a", TRY, MISCONFIGURED);
        tcc.asks(new Request.State("a", TRY, Request.Truth.DONE))
                .notes(new RecordEntry.Stated(5, "a", TRY, Request.Truth.DONE));
        assertThat(tcc.decidesToComplete().broken()).isEmpty();
    }

    @Test
    void what_a_branch_has_joined_below_is_undone_also_behind_a_final_no() {
        Rehearsal tcc = Rehearsal.of(tcc(true, branch("a", ""), branch("b", "")));
        tcc.takenOver(List.of()).joins(branch("fee", "b"));
        tcc.does("a", TRY, FAILED).decidesToUndo();
        assertThat(tcc.mayLeave()).containsExactly("b/fee/cancel");
        assertThat(tcc.does("b/fee", "cancel", OK).mayLeave()).containsExactly("b/cancel");
    }
}

package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Retry, resume, park, resolve and force-finish. */
class OperatorRequestsTest {
    private static Play stuckUndo() {
        Play play =
                Play.of(saga(step("a").undoAttempts(2), step("b"))).succeed("a").reject("b");
        return play.unknown("a").later(Duration.ofSeconds(1)).unknown("a");
    }

    @Test
    void retry_resets_the_attempt_count() {
        Play play = stuckUndo().retry();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(1);
        assertThat(play.unknown("a").parked()).as("one of two").isNull();
    }

    @Test
    void resume_keeps_the_attempt_count_and_allows_one_more_attempt() {
        Play play = stuckUndo();

        for (int attempt = 3; attempt <= 5; attempt++) {
            play = play.resume();
            assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(attempt);
            play = play.unknown("a");
            assertThat(play.parked()).isEqualTo(ParkReason.UNDO_EXHAUSTED);
        }
    }

    @Test
    void retry_makes_a_waiting_call_due_and_keeps_its_attempt_count() {
        Play play = Play.of(saga(step("a"))).unknown("a").retry();

        assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(2);
    }

    @Test
    void a_retry_during_a_write_is_part_of_the_next_write() {
        Play play =
                Play.of(saga(step("a"), step("b"))).withSlowStore().succeed("a").flushDue();

        play.retry();
        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().write()).isEqualTo("Flush");
        assertThat(play.written().answer()).isEqualTo("done");
        assertThat(play.row().progress().history().events().getLast().kind()).isEqualTo(HistoryKind.RETRIED);
    }

    @Test
    void park_takes_effect_at_once_and_prevents_new_calls() {
        Play play = Play.of(saga(step("a"), step("b"))).park();
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);

        play.succeed("a");

        assertThat(play.calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.resume().calls()).containsExactly("b action");
    }

    @Test
    void a_request_for_an_outdated_revision_is_refused() {
        Play play = stuckUndo();
        long seen = play.transaction().progress().revision();

        assertThat(play.request(new TransactionRequest.Retry("op", "", seen - 1))
                        .answer())
                .isEqualTo("ENT-044");
        assertThat(play.request(new TransactionRequest.Retry("op", "", seen)).answer())
                .isEqualTo("done");
    }

    static Stream<TransactionRequest> requests() {
        return Stream.of(
                new TransactionRequest.Commit(Set.of(), Map.of()),
                new TransactionRequest.Abort("", "client", false, 0),
                new TransactionRequest.Register(step("a/c").branch(Pattern.TCC), ByteString.EMPTY),
                new TransactionRequest.Retry("op", "", 0),
                new TransactionRequest.Park("op", "", 0),
                new TransactionRequest.Resume("op", "", 0),
                new TransactionRequest.DecideApproval("a", true, "op", "", 0),
                new TransactionRequest.Resolve("a", Role.FORWARD, Truth.DONE, null, "op", "", 0),
                new TransactionRequest.Skip("op", "", 0),
                new TransactionRequest.Drop("topic", "subscriber", true, "op", ""),
                new TransactionRequest.ForceFinish(TransactionState.ABORTED, "op", "", 0));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void a_row_parked_by_a_failover_refuses_every_request(TransactionRequest request) {
        Play play = Play.of(saga(step("a"))).crash();
        Parked mark = new Parked(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS, "", Play.START);
        Progress marked = play.row().progress().parkedAs(mark);
        Decision decision =
                new Decider().decide(play.transaction().with(marked), new Event.Acted(request, null), Play.START, 0);

        assertThat(decision.effects())
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.Refuse.class,
                        refuse -> assertThat(refuse.refusal())
                                .hasMessageContaining(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS.name()));
        assertThat(decision.next().state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_row_parked_by_a_failover_ignores_its_deadline() {
        Play play = Play.of(saga(step("a")).deadline(Duration.ofSeconds(1))).crash();
        Parked mark = new Parked(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS, "", Play.START);
        Decision decision = new Decider()
                .decide(
                        play.transaction().with(play.row().progress().parkedAs(mark)),
                        new Event.Proceed(),
                        Play.START.plusSeconds(60),
                        0);

        assertThat(decision.effects()).isEmpty();
        assertThat(decision.next().state()).isEqualTo(TransactionState.RUNNING);
    }

    // ---- resolve

    private static Play stuckForward() {
        return Play.of(saga(step("a"), step("b"), step("c"))).succeed("a").misconfigured("b");
    }

    @ParameterizedTest
    @EnumSource(names = {"UNDONE", "NEVER_HAPPENED"})
    void a_step_resolved_as_not_done_sets_the_abort_reason_operator(Truth truth) {
        Play play = Play.of(saga(step("a"), step("b"))).unknown("a").resolve("a", Role.FORWARD, truth);

        assertThat(play.abortReason()).isEqualTo(AbortReason.OPERATOR);
    }

    private static BranchState shown(Play play, String branch) {
        return play.transaction()
                .progress()
                .shownState(play.transaction().plan().indexOf(branch));
    }

    @Test
    void a_step_resolved_as_done_is_shown_as_resolved_until_compensated() {
        Play play = stuckForward().resolve("b", Role.FORWARD, Truth.DONE);
        assertThat(shown(play, "a")).isEqualTo(BranchState.DONE);
        assertThat(shown(play, "b")).isEqualTo(BranchState.RESOLVED);
        assertThat(play.stateOf("b")).as("what follows goes by this").isEqualTo(BranchState.DONE);

        play.reject("c").succeed("b");
        assertThat(shown(play, "b")).isEqualTo(BranchState.UNDONE);
    }

    @Test
    void a_try_resolved_as_done_is_shown_as_resolved_until_confirmed() {
        Play play = Play.of(tcc(step("a"))).misconfigured("a").resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(shown(play.unknown("a"), "a")).isEqualTo(BranchState.RESOLVED);

        play.later(Duration.ofSeconds(1)).succeed("a");
        assertThat(shown(play, "a")).isEqualTo(BranchState.CONFIRMED);
    }

    @Test
    void a_step_that_succeeds_after_a_retry_is_shown_as_done() {
        Play play = stuckForward().retry().succeed("b");

        assertThat(shown(play, "b")).isEqualTo(BranchState.DONE);
    }

    @Test
    void a_response_supplied_by_resolve_is_read_by_later_steps() {
        ByteString seven = ByteString.copyFrom(new byte[] {8, 7});
        Play play = Play.of(saga(step("a"), step("b").reads("a"))).misconfigured("a");

        play.request(new TransactionRequest.Resolve("a", Role.FORWARD, Truth.DONE, seven, "op", "looked", 0));

        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(seven);
    }

    @Test
    void resolve_is_deferred_while_the_branchs_call_is_in_flight() {
        Play play = Play.of(saga(step("a"), step("b"))).resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.answer()).isEqualTo("put off");

        play.unknown("a");

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void a_deferred_resolve_is_refused_after_the_branchs_call_succeeds() {
        Play play = Play.of(saga(step("a"), step("b"))).resolve("a", Role.FORWARD, Truth.NEVER_HAPPENED);

        play.succeed("a");

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void a_suspected_step_cannot_be_resolved_as_done_before_its_predecessors() {
        Play play =
                Play.of(saga(step("a"), step("b"), step("p").pivot().noUndo())).crashAndAdopt();
        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);

        assertThat(play.resolve("b", Role.FORWARD, Truth.DONE).answer()).isEqualTo("ENT-045");
        assertThat(play.calls()).as("the pivot stays behind its gate").containsExactly("a action");
    }

    @Test
    void a_branch_that_does_not_exist_cannot_be_resolved() {
        Play play = stuckForward();
        TransactionRequest request =
                new TransactionRequest.Resolve("unknown", Role.UNDO, Truth.DONE, null, "op", "", 0);

        assertThat(play.request(request).answer()).isEqualTo("ENT-030");
    }

    // ---- force-finish

    @ParameterizedTest
    @CsvSource({"SUCCEEDED", "ABORTED"})
    void force_finish_moves_a_stuck_transaction_to_a_final_state_marked_as_forced(TransactionState as) {
        Play play = stuckUndo().force(as);

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(as);
        assertThat(play.transaction().progress().isForced()).isTrue();
        assertThat(play.parked()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"RUNNING", "UNDOING", "GIVEN_UP", "BEGUN"})
    void force_finish_accepts_only_succeeded_and_aborted(TransactionState as) {
        assertThat(stuckUndo().force(as).answer()).isEqualTo("ENT-001");
    }

    @Test
    void force_finish_waits_for_calls_in_flight() {
        Play play = Play.of(saga(step("a"), step("b"))).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.unknown("a").state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("done");
    }
}

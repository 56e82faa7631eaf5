package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds what is said of an act before it is done. That it then does just this, {@link Play} holds for every act of all tests. */
class PreviewTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final TransactionRequest RETRY = new TransactionRequest.Retry("op", "", 0);
    private static final TransactionRequest PARK = new TransactionRequest.Park("op", "", 0);
    private static final TransactionRequest ABORT = new TransactionRequest.Abort("", "op", true, 0);
    private static final TransactionRequest FORCE =
            new TransactionRequest.ForceFinish(TransactionState.ABORTED, "op", "", 0);

    private static Preview preview(Play play, TransactionRequest request) {
        return Preview.of(play.transaction(), null, request, play.now(), new Decider());
    }

    private static List<String> calls(Preview preview) {
        return preview.calls().stream()
                .map(call -> name(preview, call.branch(), call.role()) + " #" + call.attempt())
                .toList();
    }

    private static String name(Preview preview, int branch, Role role) {
        return preview.after().plan().branches().get(branch).id() + " "
                + preview.after().plan().operationName(branch, role);
    }

    private static Play parkedInUndo() {
        Play play =
                Play.of(saga(step("a").undoAttempts(1), step("b"))).succeed("a").reject("b");
        return play.unknown("a");
    }

    @Test
    void a_retry_of_what_is_parked_in_its_undo_calls_the_undo_anew_and_leaves_the_original_as_it_was() {
        Play play = parkedInUndo();
        GlobalTransaction before = play.transaction();

        Preview preview = preview(play, RETRY);

        assertThat(calls(preview)).containsExactly("a compensate #1");
        assertThat(preview.after().state()).isEqualTo(TransactionState.UNDOING);
        assertThat(preview.after().progress().parked()).isNull();
        assertThat(preview.underWay()).isEmpty();
        assertThat(preview.revision()).isEqualTo(before.progress().revision());
        assertThat(play.transaction()).isSameAs(before);
    }

    @Test
    void an_abort_while_a_call_is_under_way_is_put_off() {
        Preview preview = preview(Play.of(saga(step("a"), step("b"))), ABORT);

        assertThat(preview.isPutOff()).isTrue();
        assertThat(preview.underWay()).containsExactly(new Preview.Sent(0, Role.FORWARD, 1, null));
        assertThat(preview.after().state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void an_act_that_finds_done_what_it_asks_for_is_idle() {
        Play undoing = parkedInUndo();
        assertThat(preview(undoing, ABORT).isIdle()).isTrue();
        assertThat(undoing.request(ABORT).wasIdle).isTrue();
        assertThat(preview(undoing, PARK).isIdle()).isFalse();
        assertThat(undoing.park().wasIdle).isFalse();
        assertThat(preview(undoing, PARK).isIdle()).isTrue();
        assertThat(undoing.park().wasIdle).isTrue();
        assertThat(preview(undoing, RETRY).isIdle()).isFalse();
    }

    @Test
    void an_abort_that_awaited_a_call_is_idle_only_where_the_deadline_came_first() {
        Play own = Play.of(saga(step("a"), step("b"))).abort();
        Play late =
                Play.of(saga(step("a"), step("b")).deadline(HOUR)).later(HOUR).request(ABORT);

        assertThat(own.succeed("a").answer()).isEqualTo("done");
        assertThat(own.wasIdle).isFalse();
        assertThat(late.answer()).isEqualTo("put off");
        assertThat(late.succeed("a").answer()).isEqualTo("done");
        assertThat(late.wasIdle).isTrue();
    }

    @Test
    void a_parked_delivery_with_a_key_asks_whether_it_is_its_turn() {
        Play play = Play.of(message(step("d")).ordered()).positionReached("d").misconfigured("d");

        Preview preview = preview(play, RETRY);

        assertThat(preview.turns()).containsExactly(0);
        assertThat(preview.calls()).isEmpty();
    }

    @Test
    void a_call_of_an_owner_that_died_is_named_with_its_end() {
        Play play = Play.of(saga(step("a"))).crash();
        Event adopted = new Event.Claimed(2, false, 0);

        Preview preview = Preview.of(play.transaction(), adopted, FORCE, play.now(), new Decider());

        assertThat(preview.revision())
                .as("as the act finds it")
                .isEqualTo(play.transaction().progress().revision() + 1);
        assertThat(preview.underWay())
                .singleElement()
                .satisfies(sent -> assertThat(sent.until()).isAfter(play.now()));
        assertThat(preview.after().state()).isNotEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_write_under_way_is_done_first() {
        Play play =
                Play.of(saga(step("a"), step("b"))).withSlowStore().succeed("a").flushDue();
        assertThat(play.transaction().ownership().isWriting()).isTrue();

        Preview preview = preview(play, PARK);

        Ownership ownership = preview.after().ownership();
        assertThat(ownership.isWriting()).isFalse();
        assertThat(ownership.durableRevision())
                .isEqualTo(preview.after().progress().revision());
    }

    @Test
    void an_act_bound_to_another_revision_would_be_refused() {
        Play play = parkedInUndo();
        long seen = play.transaction().progress().revision();

        for (TransactionRequest request : List.of(
                new TransactionRequest.Abort("", "op", true, seen - 1),
                new TransactionRequest.ForceFinish(TransactionState.ABORTED, "op", "", seen - 1),
                new TransactionRequest.DecideApproval("a", true, "op", "", seen - 1),
                new TransactionRequest.Resolve("a", Role.UNDO, Fact.Truth.DONE, null, "op", "", seen - 1))) {
            assertThat(play.request(request).answer()).isEqualTo("ENT-044");
        }
        assertThat(play.request(new TransactionRequest.Resolve("a", Role.UNDO, Fact.Truth.DONE, null, "op", "", seen))
                        .answer())
                .isEqualTo("done");
    }
}

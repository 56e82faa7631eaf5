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

/** Previews of requests. {@link Play} compares the effect of every request in all tests with the request's preview. */
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
    void the_preview_of_a_retry_shows_the_repeated_undo_and_changes_nothing() {
        Play play = parkedInUndo();
        GlobalTransaction before = play.transaction();

        Preview preview = preview(play, RETRY);

        assertThat(calls(preview)).containsExactly("a compensate #1");
        assertThat(preview.after().state()).isEqualTo(TransactionState.UNDOING);
        assertThat(preview.after().progress().parked()).isNull();
        assertThat(preview.inFlight()).isEmpty();
        assertThat(preview.revision()).isEqualTo(before.progress().revision());
        assertThat(play.transaction()).isSameAs(before);
    }

    @Test
    void an_abort_during_a_call_is_previewed_as_deferred() {
        Preview preview = preview(Play.of(saga(step("a"), step("b"))), ABORT);

        assertThat(preview.isPutOff()).isTrue();
        assertThat(preview.inFlight()).containsExactly(new Preview.Sent(0, Role.FORWARD, 1, null));
        assertThat(preview.after().state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_request_without_an_effect_is_idle() {
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
    void a_deferred_abort_is_idle_only_if_the_deadline_decides_first() {
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
    void a_previewed_retry_checks_the_queue_position_of_an_ordered_delivery() {
        Play play = Play.of(message(step("d")).ordered()).positionReached("d").misconfigured("d");

        Preview preview = preview(play, RETRY);

        assertThat(preview.positionChecks()).containsExactly(0);
        assertThat(preview.calls()).isEmpty();
    }

    @Test
    void a_preview_shows_the_latest_end_of_a_dead_owners_call() {
        Play play = Play.of(saga(step("a"))).crash();
        Event adopted = new Event.Claimed(2, false, 0);

        Preview preview = Preview.of(play.transaction(), adopted, FORCE, play.now(), new Decider());

        assertThat(preview.revision())
                .as("as the act finds it")
                .isEqualTo(play.transaction().progress().revision() + 1);
        assertThat(preview.inFlight())
                .singleElement()
                .satisfies(sent -> assertThat(sent.until()).isAfter(play.now()));
        assertThat(preview.after().state()).isNotEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_preview_completes_the_write_in_progress_first() {
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
    void a_request_bound_to_another_revision_is_refused() {
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

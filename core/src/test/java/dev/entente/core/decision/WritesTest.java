package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Writes and releases of rows: scheduled starts, drains, and one write at a time. */
class WritesTest {
    @Test
    void a_scheduled_saga_starts_on_time_without_a_write() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).withSlowStore();
        assertThat(play.later(Duration.ofSeconds(59)).calls()).isEmpty();

        play.later(Duration.ofSeconds(1));

        assertThat(play.calls()).containsExactly("a action");
        assertThat(play.write()).isEqualTo("nothing");
        assertThat(play.history()).containsExactly(HistoryKind.ACCEPTED, HistoryKind.STARTED);
    }

    @Test
    void a_scheduled_row_claimed_too_early_is_released_until_its_start() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).claim();

        assertThat(play.row().dueAt()).isEqualTo(Play.START.plusSeconds(60));
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);
    }

    @Test
    void a_drain_waits_for_calls_in_flight_and_releases_the_row_due_at_once() {
        Play play = Play.of(saga(step("a"), step("b"))).drain();
        assertThat(play.calls()).containsExactly("a action");

        play.succeed("a");

        assertThat(play.calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.now());
        assertThat(play.later(Duration.ZERO).calls()).containsExactly("b action");
    }

    @Test
    void a_drain_releases_a_row_that_waits_for_its_next_attempt() {
        Play play = Play.of(saga(step("a"))).unknown("a").drain();

        assertThat(play.row().isOwned()).isFalse();
    }

    @Test
    void a_drain_between_decision_and_undo_releases_the_row_with_a_durable_decision() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").drain().reject("b");

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().progress().state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).isEmpty();
    }

    @Test
    void a_drain_finishes_a_saga_whose_last_call_succeeds() {
        assertThat(Play.of(saga(step("a"))).drain().succeed("a").row().isFinished())
                .isTrue();
    }

    @Test
    void facts_recorded_during_a_write_are_part_of_the_next_write() {
        Play play = Play.of(saga(step("a"), step("b"), step("c"))).withSlowStore();
        play.succeed("a").flushDue().succeed("b").flushDue();

        play.written();
        assertThat(play.row().progress().revision()).isEqualTo(2);
        assertThat(play.write()).as("no caller waits").isEqualTo("nothing");
        play.flushDue().written();
        assertThat(play.row().progress().revision()).isEqualTo(3);
    }

    @Test
    void a_flush_without_new_facts_writes_nothing() {
        assertThat(Play.of(saga(step("a"))).withSlowStore().flushDue().write()).isEqualTo("nothing");
    }

    @Test
    void a_final_state_reached_during_a_write_is_written_next() {
        Play play = Play.of(saga(step("a"), step("b")))
                .withSlowStore()
                .succeed("a")
                .flushDue()
                .succeed("b");

        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().write()).isEqualTo("Finish");
        assertThat(play.written().row().isFinished()).isTrue();
    }

    @Test
    void no_decision_is_made_while_a_write_releases_the_row() {
        Play play = Play.of(saga(step("a"))).withSlowStore().succeed("a");

        assertThat(play.proceed().flushDue().drain().write()).isEqualTo("Finish");
    }

    @Test
    void a_row_is_not_held_after_the_write_that_releases_the_row() {
        Play play = Play.of(saga(step("a"))).withSlowStore().misconfigured("a");
        Decision after = new Decider().decide(play.transaction(), new Event.Written(1), play.now(), 0);

        assertThat(after.effects()).isEmpty();
        assertThat(after.next().ownership().isHeld()).isFalse();
    }

    @Test
    void a_history_without_one_of_its_events_does_not_replay() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").reject("b").succeed("a");
        var progress = play.transaction().progress();
        assertThat(Replay.of(play.transaction().plan(), progress).matches()).isTrue();
        var events = new ArrayList<>(progress.history().events());
        events.remove(1);

        var corrupt = progress.in(progress.state(), History.of(events));

        assertThat(Replay.of(play.transaction().plan(), corrupt).firstDifference())
                .contains("event 4", "SKIPPED");
    }

    @Test
    void an_abort_of_an_aborted_saga_writes_nothing() {
        Play play =
                Play.of(saga(step("a"), step("b"))).reject("a").withSlowStore().abort();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.write()).isEqualTo("nothing");
    }

    @Test
    void a_row_stays_in_memory_only_for_waits_up_to_ten_seconds() {
        Play waiting = Play.of(saga(step("a"))).answer("a", busy(Waits.LONGEST_IN_MEMORY));
        assertThat(waiting.row().isOwned()).isTrue();
        assertThat(waiting.alarm()).isEqualTo(Play.START.plus(Waits.LONGEST_IN_MEMORY));

        Play resting = Play.of(saga(step("a"))).answer("a", busy(Waits.LONGEST_IN_MEMORY.plusMillis(1)));
        assertThat(resting.row().isOwned()).isFalse();
    }

    private static Outcome busy(Duration retryAfter) {
        return new Outcome.Unknown("busy", retryAfter);
    }

    @Test
    void an_abort_writes_an_undo_decision_that_is_not_durable_yet() {
        Play play = Play.of(saga(step("a").timeout(Duration.ofSeconds(5)).attempts(1)))
                .crashAndAdopt()
                .withSlowStore()
                .unknown("a");
        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.write()).isEqualTo("nothing");

        assertThat(play.abort().write()).isEqualTo("Flush");
        assertThat(play.written().answer()).isEqualTo("done");
    }

    @Test
    void a_refused_request_on_an_unowned_row_has_no_other_effect() {
        Play play = Play.of(saga(
                        step("a"),
                        step("b").backoff(Duration.ofSeconds(5)),
                        step("ok").after("a").approval(Duration.ofDays(1), Approval.Expiry.REJECT)))
                .drain()
                .unknown("b")
                .succeed("a");
        assertThat(play.stateOf("ok")).isEqualTo(BranchState.PENDING);

        TransactionRequest refused = new TransactionRequest.Resume("op", "go on", 0);
        Decision decision = new Decider().decide(play.transaction(), new Event.Acted(refused, null), play.now(), 0);

        assertThat(decision.effects()).singleElement().isInstanceOf(Effect.Refuse.class);
    }
}

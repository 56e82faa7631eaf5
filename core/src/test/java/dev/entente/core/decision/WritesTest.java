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

/** When rows are written, left and started: scheduled ones, drain, one write at a time. */
class WritesTest {
    @Test
    void a_scheduled_one_starts_when_its_time_has_come_without_a_write() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).withSlowStore();
        assertThat(play.later(Duration.ofSeconds(59)).calls()).isEmpty();

        play.later(Duration.ofSeconds(1));

        assertThat(play.calls()).containsExactly("a action");
        assertThat(play.write()).isEqualTo("nothing");
        assertThat(play.history()).containsExactly(HistoryKind.ACCEPTED, HistoryKind.STARTED);
    }

    @Test
    void a_scheduled_one_that_is_claimed_too_early_is_put_back() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).claim();

        assertThat(play.row().dueAt()).isEqualTo(Play.START.plusSeconds(60));
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);
    }

    @Test
    void a_drain_awaits_the_calls_in_flight_and_lets_the_row_go_due_at_once() {
        Play play = Play.of(saga(step("a"), step("b"))).drain();
        assertThat(play.calls()).containsExactly("a action");

        play.succeed("a");

        assertThat(play.calls()).isEmpty();
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.now());
        assertThat(play.later(Duration.ZERO).calls()).containsExactly("b action");
    }

    @Test
    void a_drain_lets_go_of_what_waits() {
        Play play = Play.of(saga(step("a"))).unknown("a").drain();

        assertThat(play.row().isOwned()).isFalse();
    }

    @Test
    void a_drain_between_decision_and_undo_makes_the_decision_durable_and_lets_go() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").drain().reject("b");

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().progress().state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).isEmpty();
    }

    @Test
    void a_drain_finishes_what_is_finished() {
        assertThat(Play.of(saga(step("a"))).drain().succeed("a").row().isFinished())
                .isTrue();
    }

    @Test
    void facts_recorded_while_a_write_is_under_way_go_into_the_next_one() {
        Play play = Play.of(saga(step("a"), step("b"), step("c"))).withSlowStore();
        play.succeed("a").flushDue().succeed("b").flushDue();

        play.written();
        assertThat(play.row().progress().revision()).isEqualTo(2);
        assertThat(play.write()).as("nobody waits for it").isEqualTo("nothing");
        play.flushDue().written();
        assertThat(play.row().progress().revision()).isEqualTo(3);
    }

    @Test
    void a_flush_of_nothing_new_is_no_write() {
        assertThat(Play.of(saga(step("a"))).withSlowStore().flushDue().write()).isEqualTo("nothing");
    }

    @Test
    void an_end_that_comes_while_a_write_is_under_way_is_written_next() {
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
    void while_a_write_lets_the_row_go_nothing_else_is_decided() {
        Play play = Play.of(saga(step("a"))).withSlowStore().succeed("a");

        assertThat(play.proceed().flushDue().drain().write()).isEqualTo("Finish");
    }

    @Test
    void after_a_write_that_lets_the_row_go_it_is_no_longer_held() {
        Play play = Play.of(saga(step("a"))).withSlowStore().misconfigured("a");
        Decision after = new Decider().decide(play.transaction(), new Event.Written(1), play.now(), 0);

        assertThat(after.effects()).isEmpty();
        assertThat(after.next().ownership().isHeld()).isFalse();
    }

    @Test
    void a_history_corrupted_in_one_event_does_not_replay() {
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
    void an_act_on_what_has_ended_writes_nothing() {
        Play play =
                Play.of(saga(step("a"), step("b"))).reject("a").withSlowStore().abort();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.write()).isEqualTo("nothing");
    }

    @Test
    void a_wait_of_ten_seconds_is_waited_in_memory_and_a_longer_one_is_not() {
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
    void an_act_makes_a_decision_durable_that_nothing_else_has_written_yet() {
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
    void a_refused_act_on_a_row_that_nobody_holds_does_nothing_else() {
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

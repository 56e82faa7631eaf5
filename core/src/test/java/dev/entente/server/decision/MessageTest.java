package dev.entente.server.decision;

import static dev.entente.server.decision.Sketch.message;
import static dev.entente.server.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.Fact;
import dev.entente.server.transaction.HistoryKind;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Deliveries, each for itself; what is published cannot be taken back. */
class MessageTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void deliveries_leave_together_and_it_ends_with_the_last() {
        Play play = Play.of(message(step("a"), step("b")));

        assertThat(play.calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.succeed("b").state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.DONE);
    }

    @ParameterizedTest
    @CsvSource({"rejected, DELIVERY_REFUSED", "failed, DELIVERY_REFUSED", "unknown, DELIVERY_EXHAUSTED"})
    void a_receiver_that_refuses_holds_nobody_else_up_and_then_it_parks(String how, ParkReason reason) {
        Play play = Play.of(message(step("a").attempts(1), step("b")));
        switch (how) {
            case "rejected" -> play.rejectSettled("a");
            case "failed" -> play.fail("a");
            default -> play.unknown("a");
        }

        assertThat(play.calls()).containsExactly("b deliver");
        assertThat(play.parked()).isNull();
        assertThat(play.unknown("b").later(Duration.ofSeconds(2)).calls()).containsExactly("b deliver");
        assertThat(play.succeed("b").parked()).isEqualTo(reason);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.DONE);
        assertThat(play.row().dueAt()).isNull();
    }

    @Test
    void a_delivery_behind_a_refused_one_of_its_message_does_not_keep_it_from_parking() {
        Play play = Play.of(message(step("a").to("same"), step("b").to("same")).ordered())
                .turnOf("a")
                .misconfigured("a");

        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.branch("b").blockedBy()).isEqualTo("gid-1");
        assertThat(play.retry().turnOf("a").calls()).contains("a deliver");
        play.succeed("a").turnOf("b").succeed("b");
        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_delivery_that_is_blocked_asks_for_its_turn_again_as_soon_as_its_row_is_claimed() {
        Play play = Play.of(message(step("a").to("same"), step("b").to("other")).ordered())
                .turnOf("b")
                .notSent("b", Duration.ofMinutes(3))
                .blocked("a", "order-0", Duration.ofMinutes(3));
        assertThat(play.row().isOwned()).isFalse();
        Instant nextOfOther = play.branch("b").nextAttemptAt();

        play.claim();

        assertThat(play.awaitedTurns()).containsExactly(0);
        assertThat(play.calls()).isEmpty();
        assertThat(play.branch("b").nextAttemptAt()).isEqualTo(nextOfOther);
        assertThat(play.turnOf("a").calls()).containsExactly("a deliver");
    }

    @Test
    void a_delivery_behind_another_of_its_message_is_not_looked_for_nor_holds_a_place() {
        Play play = Play.of(
                message(step("a").to("same"), step("b").to("same"), step("c")).ordered());
        assertThat(play.awaitedTurns()).containsExactly(0, 2);

        play.turnOf("c").succeed("c").turnOf("a").notSent("a", Duration.ofMinutes(3));

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.row().progress().branch(0).nextAttemptAt());
        play.afterSpread(Duration.ofMinutes(3)).claim();
        assertThat(play.awaitedTurns()).containsExactly(0);
        assertThat(play.turnOf("a").succeed("a").awaitedTurns()).containsExactly(1);
        assertThat(play.turnOf("b").calls()).containsExactly("b deliver");
    }

    @Test
    void one_behind_another_of_its_own_message_shows_what_blocks_that_one() {
        Play play = Play.of(message(step("a").to("same"), step("b").to("same")).ordered());
        assertThat(play.branch("b").blockedBy()).isEqualTo("gid-1");

        play.behind("a", "head");

        assertThat(play.branch("b").blockedBy()).isEqualTo("head");
        assertThat(play.turnOf("a").branch("b").blockedBy()).isEqualTo("gid-1");
    }

    @Test
    void a_delivery_that_waits_for_its_turn_is_not_called() {
        Play play = Play.of(message(step("a")).ordered()).behind("a", "head");

        assertThat(play.calls()).isEmpty();
        assertThat(play.stateOf("a")).isEqualTo(BranchState.PENDING);
        assertThat(play.branch("a").blockedBy()).isEqualTo("head");
        assertThat(play.turnOf("a").calls()).containsExactly("a deliver");
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.branch("a").blockedBy()).isNull();
    }

    @Test
    void park_does_not_await_a_delivery_that_waits_for_its_turn() {
        Play play = Play.of(message(step("a")).ordered()).behind("a", "head").park();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.PENDING);
        assertThat(play.branch("a").blockedBy()).isEqualTo("head");
        assertThat(play.resume().turnOf("a").calls()).containsExactly("a deliver");
    }

    @Test
    void a_turn_that_comes_while_an_act_waits_for_another_call_is_used_afterwards() {
        Play play = Play.of(message(step("a"), step("b")).ordered()).turnOf("a").park();
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.turnOf("b").calls()).containsExactly("a deliver");
        assertThat(play.succeed("a").answer()).isEqualTo("done");
        assertThat(play.calls()).isEmpty();
    }

    @Test
    void a_drain_does_not_await_a_delivery_that_waits_for_its_turn() {
        Play play = Play.of(message(step("a")).ordered()).behind("a", "head").drain();

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.claim().turnOf("a").calls()).containsExactly("a deliver");
    }

    @Test
    void deliveries_told_in_turn_to_wait_behind_a_resting_one_do_not_hold_their_place() {
        Duration rests = Duration.ofSeconds(6);
        Play play = Play.of(message(step("a"), step("b")).ordered()).blocked("a", "head", rests);

        play.later(Duration.ofSeconds(2)).blocked("b", "head", rests);

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isNotNull();
    }

    @Test
    void what_a_receiver_says_of_itself_is_not_taken_for_what_blocks_its_delivery() {
        Play play = Play.of(message(step("a"))).answer("a", new Outcome.InProgress("blocked by order-77", null));

        assertThat(play.branch("a").blockedBy()).isNull();
        assertThat(play.branch("a").tried().lastError()).isEqualTo("blocked by order-77");
    }

    @Test
    void what_blocks_a_delivery_leaves_its_last_error_as_it_was() {
        Play play = Play.of(message(step("a")).ordered()).turnOf("a").unknown("a");

        play.later(Duration.ofSeconds(2)).blocked("a", "order-77", Duration.ofMillis(1));

        assertThat(play.branch("a").blockedBy()).isEqualTo("order-77");
        assertThat(play.branch("a").tried().lastError()).isEqualTo("timeout");
    }

    @Test
    void a_receiver_that_was_mended_gets_what_it_had_refused() {
        Play play = Play.of(message(step("a"), step("b"))).succeed("b").rejectSettled("a");

        assertThat(play.retry().calls()).containsExactly("a deliver");
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void what_is_on_its_way_cannot_be_aborted() {
        Play play = Play.of(message(step("a"))).abort();

        assertThat(play.answer()).isEqualTo("ENT-042");
        assertThat(play.calls()).containsExactly("a deliver");
        assertThat(play.fail("a").abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void what_has_not_started_can_be_aborted() {
        Play play =
                Play.scheduled(message(step("a")), Play.START.plusSeconds(60)).abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    /** Its start is not written ahead: whoever takes it over finds it as it was accepted. */
    @Test
    void what_a_dead_coordinator_may_have_delivered_cannot_be_aborted() {
        Play play =
                Play.scheduled(message(step("a")), Play.START.plusSeconds(60)).later(Duration.ofSeconds(60));
        assertThat(play.calls()).containsExactly("a deliver");
        while (play.parked() == null) {
            play = play.crashAndAdopt();
        }
        play.abort();

        assertThat(play.answer()).isEqualTo("ENT-042");
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);
        assertThat(Decider.mayAbort(play.row().plan(), play.row().progress())).isFalse();
        assertThat(play.resume().calls()).containsExactly("a deliver");
    }

    @Test
    void what_was_taken_over_before_its_start_can_be_aborted_until_then() {
        Play play = Play.scheduled(message(step("a")), Play.START.plusSeconds(60))
                .withSlowStore()
                .claim()
                .crashAndAdopt()
                .written();
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);

        assertThat(play.abort().written().state()).isEqualTo(TransactionState.ABORTED);
    }

    @ParameterizedTest
    @EnumSource(Fact.Truth.class)
    void of_a_refused_delivery_an_operator_can_only_say_that_it_was_delivered(Fact.Truth truth) {
        Play play = Play.of(message(step("a"))).fail("a").resolve("a", Role.FORWARD, truth);

        assertThat(play.answer()).isEqualTo(truth == Fact.Truth.DONE ? "done" : "ENT-045");
        assertThat(play.state())
                .isEqualTo(truth == Fact.Truth.DONE ? TransactionState.SUCCEEDED : TransactionState.RUNNING);
    }

    @Test
    void what_a_client_began_goes_when_it_is_committed_and_that_is_durable() {
        Play play = begun().withSlowStore();
        assertThat(play.calls()).isEmpty();

        play.commit();

        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.commit().answer()).isEqualTo("done");
        assertThat(play.abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void what_a_client_began_ends_when_it_is_aborted() {
        Play play = begun().abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.commit().answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_silent_client_is_asked_after_ten_seconds_and_then_every_ten() {
        Play play = begun().later(Duration.ofMillis(9_999));
        assertThat(play.calls()).isEmpty();

        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("check-back check");
        play.unknown("check-back").later(Duration.ofMillis(9_999));
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("check-back check");
    }

    @Test
    void a_yes_sends_it_and_that_is_durable_first() {
        Play play = asked().withSlowStore().succeed("check-back");

        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_no_ends_it_whichever_call_it_answers() {
        Play play = asked().unknown("check-back").later(Duration.ofSeconds(10)).reject("check-back");

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.abortReason()).isEqualTo(AbortReason.CHECK_BACK_NEGATIVE);
        assertThat(play.commit().answer()).isEqualTo("ENT-040");
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed", "unknown", "misconfigured"})
    void whatever_else_comes_back_says_nothing_and_at_the_limit_it_parks(String how) {
        Play play = asked();
        for (int i = 1; i <= 3; i++) {
            assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
            assertThat(play.parked()).isNull();
            switch (how) {
                case "failed" -> play.fail("check-back");
                case "unknown" -> play.unknown("check-back");
                default -> play.misconfigured("check-back");
            }
            play.later(Duration.ofSeconds(10));
        }

        assertThat(play.parked()).isEqualTo(ParkReason.CHECK_BACK_EXHAUSTED);
        assertThat(play.row().dueAt()).isNull();
        assertThat(play.retry().calls()).containsExactly("check-back check");
    }

    @Test
    void a_local_transaction_that_still_runs_is_waited_for_beyond_the_limit() {
        Play play = asked();
        for (int i = 1; i <= 5; i++) {
            play.inProgress("check-back", Duration.ofSeconds(1)).later(Duration.ofSeconds(10));
        }

        assertThat(play.calls()).containsExactly("check-back check");
        assertThat(play.succeed("check-back").state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_client_that_comes_back_is_heard_while_its_service_is_being_asked() {
        Play play = asked().commit();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("check-back check", "a deliver", "b deliver");
        assertThat(play.reject("check-back").state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_client_that_comes_back_is_heard_when_it_is_parked() {
        Play play = asked();
        for (int i = 1; i <= 3; i++) {
            play.unknown("check-back").later(Duration.ofSeconds(10));
        }

        assertThat(play.commit().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.parked()).isNull();
        assertThat(play.history()).contains(HistoryKind.UNPARKED, HistoryKind.DECIDED);
    }

    @ParameterizedTest
    @CsvSource({"DONE, RUNNING", "NEVER_HAPPENED, ABORTED", "UNDONE, ABORTED"})
    void an_operator_who_looked_says_what_became_of_the_local_transaction(Fact.Truth truth, TransactionState then) {
        Play play = asked().unknown("check-back").resolve("check-back", Role.FORWARD, truth);

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(then);
    }

    @Test
    void a_coordinator_that_takes_over_asks_again() {
        Play play = asked().crashAndAdopt();

        assertThat(play.calls()).containsExactly("check-back check");
        assertThat(play.succeed("check-back").calls()).containsExactly("a deliver", "b deliver");
    }

    @Test
    void a_coordinator_that_dies_before_the_yes_is_durable_asks_again() {
        Play play = asked().withSlowStore().succeed("check-back").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
        assertThat(play.calls()).containsExactly("check-back check");
    }

    @Test
    void a_service_that_could_not_answer_tells_nothing_of_deliveries_after_the_commit() {
        Play play = committedUnanswered(message(step("a").timeout(TIMEOUT)));

        play.flushDue().crashAndAdopt().notSent("a", TIMEOUT.multipliedBy(2));
        assertThat(play.row().progress().branch(1).sent()).isPositive();

        play.later(TIMEOUT).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("done");
        assertThat(Replay.of(play.row().plan(), play.row().progress()).firstDifference())
                .isNull();
    }

    /** Its service has refused for good to say what became of the local transaction; then its client commits. */
    private static Play committedUnanswered(Sketch message) {
        return Play.begunMessage(message.checkedBack(1))
                .later(Duration.ofSeconds(10))
                .fail("check-back")
                .commit();
    }

    private static Play begun() {
        return Play.begunMessage(message(step("a"), step("b")).checkedBack(3));
    }

    /** Its service is being asked. */
    private static Play asked() {
        return begun().later(Duration.ofSeconds(10));
    }

    @Test
    void a_coordinator_that_takes_over_delivers_again_what_may_not_have_arrived() {
        Play play = Play.of(message(step("a"), step("b"))).succeed("a");

        assertThat(play.crashAndAdopt().calls()).containsExactly("a deliver", "b deliver");
    }

    @Test
    void a_question_that_an_abort_makes_needless_is_not_asked_any_more() {
        Play play = asked().abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("check-back")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void a_question_that_was_answered_with_no_shows_it() {
        Play play = asked().reject("check-back");

        assertThat(play.stateOf("check-back")).isEqualTo(BranchState.REJECTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void nobody_is_asked_before_its_time_though_the_row_is_claimed() {
        Play play = begun().claim();

        assertThat(play.calls()).isEmpty();
        assertThat(play.alarm()).isEqualTo(Play.START.plusSeconds(10));
        assertThat(play.later(Duration.ofSeconds(10)).calls()).containsExactly("check-back check");
    }
}

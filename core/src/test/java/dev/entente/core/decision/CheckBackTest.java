package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Begun messages: commit, abort, and the check-backs to the service of a silent client. */
class CheckBackTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void a_begun_message_is_delivered_after_its_commit_is_durable() {
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
    void an_abort_ends_a_begun_message() {
        Play play = begun().abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.commit().answer()).isEqualTo("ENT-040");
    }

    @Test
    void the_service_of_a_silent_client_is_asked_every_ten_seconds() {
        Play play = begun().later(Duration.ofMillis(9_999));
        assertThat(play.calls()).isEmpty();

        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("check-back check");
        play.unknown("check-back").later(Duration.ofMillis(9_999));
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("check-back check");
    }

    @Test
    void a_claim_of_the_row_sends_no_check_back_before_the_due_time() {
        Play play = begun().claim();

        assertThat(play.calls()).isEmpty();
        assertThat(play.alarm()).isEqualTo(Play.START.plusSeconds(10));
        assertThat(play.later(Duration.ofSeconds(10)).calls()).containsExactly("check-back check");
    }

    @Test
    void a_positive_check_back_is_durable_before_the_deliveries_are_sent() {
        Play play = asked().withSlowStore().succeed("check-back");

        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_negative_check_back_after_an_unanswered_check_back_aborts_the_message() {
        Play play = asked().unknown("check-back").later(Duration.ofSeconds(10)).reject("check-back");

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.abortReason()).isEqualTo(AbortReason.CHECK_BACK_NEGATIVE);
        assertThat(play.commit().answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_negative_check_back_is_shown_as_rejected() {
        Play play = asked().reject("check-back");

        assertThat(play.stateOf("check-back")).isEqualTo(BranchState.REJECTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void an_abort_marks_an_open_check_back_as_skipped() {
        Play play = asked().abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("check-back")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.unknown("check-back").later(Duration.ofSeconds(10)).calls())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed", "unknown", "misconfigured"})
    void inconclusive_check_backs_park_the_message_at_the_limit(String how) {
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
    void check_backs_continue_beyond_the_limit_while_the_local_transaction_runs() {
        Play play = asked();
        for (int i = 1; i <= 5; i++) {
            play.inProgress("check-back", Duration.ofSeconds(1)).later(Duration.ofSeconds(10));
        }

        assertThat(play.calls()).containsExactly("check-back check");
        assertThat(play.succeed("check-back").state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_commit_is_accepted_while_a_check_back_is_in_flight() {
        Play play = asked().commit();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("check-back check", "a deliver", "b deliver");
        assertThat(play.reject("check-back").state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_commit_unparks_a_message_whose_check_backs_are_exhausted() {
        Play play = asked();
        for (int i = 1; i <= 3; i++) {
            play.unknown("check-back").later(Duration.ofSeconds(10));
        }

        assertThat(play.commit().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.parked()).isNull();
        assertThat(play.history()).contains(HistoryKind.UNPARKED, HistoryKind.DECIDED);
    }

    @Test
    void a_takeover_repeats_the_check_back() {
        Play play = asked().crashAndAdopt();

        assertThat(play.calls()).containsExactly("check-back check");
        assertThat(play.succeed("check-back").calls()).containsExactly("a deliver", "b deliver");
    }

    @Test
    void a_takeover_repeats_a_check_back_whose_positive_answer_was_not_durable() {
        Play play = asked().withSlowStore().succeed("check-back").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
        assertThat(play.calls()).containsExactly("check-back check");
    }

    @Test
    void a_takeover_suspects_deliveries_after_a_commit_despite_a_failed_check_back() {
        Play play = committedUnanswered(message(step("a").timeout(TIMEOUT)));

        play.flushDue().crashAndAdopt().notSent("a", TIMEOUT.multipliedBy(2));
        assertThat(play.row().progress().branch(1).sent()).isPositive();

        play.later(TIMEOUT).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("done");
        assertThat(Replay.of(play.row().plan(), play.row().progress()).firstDifference())
                .isNull();
    }

    /** Returns a message whose only check-back failed and whose client committed afterwards. */
    private static Play committedUnanswered(Sketch message) {
        return Play.begunMessage(message.checkedBack(1))
                .later(Duration.ofSeconds(10))
                .fail("check-back")
                .commit();
    }

    private static Play begun() {
        return Play.begunMessage(message(step("a"), step("b")).checkedBack(3));
    }

    /** Returns a begun message with a check-back in flight. */
    private static Play asked() {
        return begun().later(Duration.ofSeconds(10));
    }
}

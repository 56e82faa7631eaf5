package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.notification;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Parks by an operator, which only resume and retry lift, and missing responses that an operator supplies. */
class OperatorParkTest {
    private static final ByteString SEVEN = ByteString.copyFrom(new byte[] {8, 7});

    private static Play parkedForTwoReasons() {
        return Play.of(saga(step("a"), step("b"), step("c")))
                .succeed("a")
                .misconfigured("b")
                .park();
    }

    @Test
    void an_operators_park_remains_after_the_other_park_reason_is_resolved() {
        Play play = parkedForTwoReasons();
        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);

        play.resolve("b", Role.FORWARD, Truth.DONE);

        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.later(Duration.ofDays(1)).calls()).isEmpty();
        assertThat(play.resume().calls()).containsExactly("c action");
    }

    @Test
    void a_deadline_during_an_operators_park_starts_undos_only_after_a_retry() {
        Play play = Play.of(
                        saga(step("a"), step("b").backoff(Duration.ofHours(1))).deadline(Duration.ofMinutes(5)))
                .succeed("a")
                .unknown("b")
                .park()
                .later(Duration.ofMinutes(6));

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.calls()).isEmpty();
        assertThat(play.retry().calls()).containsExactly("b compensate");
    }

    @Test
    void a_scheduled_saga_parked_beyond_its_deadline_is_aborted_on_resume() {
        Play play = Play.scheduled(
                        saga(step("a")).deadline(Duration.ofMinutes(5)), Play.START.plus(Duration.ofMinutes(9)))
                .park()
                .later(Duration.ofMinutes(6));

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.resume().state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_notification_parked_beyond_its_deadline_is_given_up_on_resume() {
        Play play = Play.of(notification(step("deliver").backoff(Duration.ofHours(1)))
                        .deadline(Duration.ofMinutes(5)))
                .unknown("deliver")
                .park()
                .later(Duration.ofMinutes(6));
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        assertThat(play.resume().state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void an_abort_of_a_parked_last_call_undoes_the_call_after_resume() {
        Play saga = Play.of(saga(step("a"))).park().abort();
        assertThat(saga.answer()).isEqualTo("put off");
        Play tcc = Play.of(tcc(step("a"))).park().abort();

        assertThat(saga.succeed("a").state()).isEqualTo(TransactionState.UNDOING);
        assertThat(saga.answer()).isEqualTo("done");
        assertThat(saga.calls()).isEmpty();
        assertThat(saga.resume().calls()).containsExactly("a compensate");
        assertThat(tcc.succeed("a").resume().calls()).containsExactly("a cancel");
    }

    @Test
    void a_notification_acknowledged_during_a_park_succeeds_on_resume() {
        Play play = Play.of(notification(step("deliver"))).park().succeed("deliver");
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        assertThat(play.abort().answer()).isEqualTo("ENT-041");
        assertThat(play.resume().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_park_is_refused_for_a_notification_past_its_deadline() {
        Play play = Play.of(notification(step("deliver")).deadline(Duration.ofMinutes(5)))
                .later(Duration.ofMinutes(6))
                .park();

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.unknown("deliver").state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void a_late_approve_during_a_park_starts_the_next_step_on_resume() {
        Play play = Play.of(saga(step("ok").approval(Duration.ofHours(1), Approval.Expiry.PARK), step("b")))
                .later(Duration.ofHours(2));
        assertThat(play.parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);

        play.park().approve("ok");

        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.calls()).isEmpty();
        assertThat(play.resume().calls()).containsExactly("b action");
    }

    @Test
    void an_operators_park_survives_a_claim_of_the_row() {
        Play play = parkedForTwoReasons();

        assertThat(play.claim().parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.transaction().progress().isParkedByOperator()).isTrue();
    }

    // ---- missing responses

    @Test
    void resolve_supplies_an_absent_field_that_an_action_requires() {
        Play play = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);

        resolveWith(play, SEVEN);

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("b action");
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void resolve_supplies_an_absent_field_that_an_undo_requires() {
        Play play = Play.of(saga(step("a").undoRequires("a"), step("b")))
                .succeed("a")
                .reject("b");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);

        resolveWith(play, SEVEN);

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("a compensate");
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void resolve_without_the_absent_field_is_refused() {
        Play play = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");

        assertThat(resolveWith(play, ByteString.EMPTY).answer()).isEqualTo("ENT-045");
        assertThat(play.resolve("a", Role.FORWARD, Truth.UNDONE).answer()).isEqualTo("ENT-045");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
    }

    private static Play resolveWith(Play play, ByteString response) {
        return play.request(new TransactionRequest.Resolve("a", Role.FORWARD, Truth.DONE, response, "op", "looked", 0));
    }

    @Test
    void an_abort_is_advised_only_if_possible() {
        Play before = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");
        Play after = Play.of(saga(step("a").undoRequires("a"), step("b")))
                .succeed("a")
                .reject("b");

        assertThat(advice(before)).endsWith("; or abort");
        assertThat(advice(after)).doesNotContain("abort");
    }

    private static String advice(Play play) {
        boolean mayAbort =
                Decider.mayAbort(play.transaction().plan(), play.transaction().progress());
        return new Parked(ParkReason.BINDING_ABSENT, "", Instant.EPOCH).advice(mayAbort);
    }

    @Test
    void a_deadline_compensates_a_parked_saga_whose_last_step_is_resolved_as_done() {
        Play play = Play.of(saga(step("a")).deadline(Duration.ofMinutes(5)))
                .misconfigured("a")
                .park()
                .resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.later(Duration.ofMinutes(5));

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).isEmpty();
        assertThat(play.resume().calls()).containsExactly("a compensate");
    }

    @Test
    void resolve_is_refused_for_a_done_branch_without_an_absent_field() {
        Play play = Play.of(saga(step("x"), step("a"), step("b").requires("a")))
                .succeed("x")
                .succeed("a");

        play.request(new TransactionRequest.Resolve("x", Role.FORWARD, Truth.DONE, SEVEN, "op", "looked", 0));

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
    }
}

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

/** An operator's own mark, which resume and retry alone lift; and how an operator gives a response that is missing. */
class OperatorParkTest {
    private static final ByteString SEVEN = ByteString.copyFrom(new byte[] {8, 7});

    private static Play parkedBeside() {
        return Play.of(saga(step("a"), step("b"), step("c")))
                .succeed("a")
                .misconfigured("b")
                .park();
    }

    @Test
    void it_stands_beside_the_reason_and_stays_when_that_goes_away() {
        Play play = parkedBeside();
        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);

        play.resolve("b", Role.FORWARD, Truth.DONE);

        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.later(Duration.ofDays(1)).calls()).isEmpty();
        assertThat(play.resume().calls()).containsExactly("c action");
    }

    @Test
    void a_deadline_turns_the_transaction_and_calls_nobody_before_it_is_lifted() {
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
    void a_deadline_of_what_has_not_started_ends_it_only_when_it_is_lifted() {
        Play play = Play.scheduled(
                        saga(step("a")).deadline(Duration.ofMinutes(5)), Play.START.plus(Duration.ofMinutes(9)))
                .park()
                .later(Duration.ofMinutes(6));

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.resume().state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_notification_is_not_given_up_by_its_deadline_before_it_is_lifted() {
        Play play = Play.of(notification(step("deliver").backoff(Duration.ofHours(1)))
                        .deadline(Duration.ofMinutes(5)))
                .unknown("deliver")
                .park()
                .later(Duration.ofMinutes(6));
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        assertThat(play.resume().state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void an_abort_during_the_last_call_undoes_it_when_the_mark_is_lifted() {
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
    void a_notification_that_is_acknowledged_during_it_succeeds_when_it_is_lifted() {
        Play play = Play.of(notification(step("deliver"))).park().succeed("deliver");
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        assertThat(play.abort().answer()).isEqualTo("ENT-041");
        assertThat(play.resume().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_notification_that_its_deadline_has_turned_is_not_parked_any_more() {
        Play play = Play.of(notification(step("deliver")).deadline(Duration.ofMinutes(5)))
                .later(Duration.ofMinutes(6))
                .park();

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.unknown("deliver").state()).isEqualTo(TransactionState.GIVEN_UP);
    }

    @Test
    void a_late_answer_to_an_approval_is_kept_and_nothing_leaves_before_it_is_lifted() {
        Play play = Play.of(saga(step("ok").approval(Duration.ofHours(1), Approval.Expiry.PARK), step("b")))
                .later(Duration.ofHours(2));
        assertThat(play.parked()).isEqualTo(ParkReason.APPROVAL_TIMED_OUT);

        play.park().approve("ok");

        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.calls()).isEmpty();
        assertThat(play.resume().calls()).containsExactly("b action");
    }

    @Test
    void it_survives_a_takeover() {
        Play play = parkedBeside();

        assertThat(play.claim().parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.transaction().progress().isParkedByOperator()).isTrue();
    }

    // ---- a response that is missing

    @Test
    void an_absent_required_field_is_given_by_resolving_its_branch() {
        Play play = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);

        give(play, SEVEN);

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("b action");
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void a_field_that_an_undo_requires_is_given_too_and_changes_nothing_else() {
        Play play = Play.of(saga(step("a").undoRequires("a"), step("b")))
                .succeed("a")
                .reject("b");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);

        give(play, SEVEN);

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("a compensate");
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void a_response_that_lacks_the_field_as_well_is_refused() {
        Play play = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");

        assertThat(give(play, ByteString.EMPTY).answer()).isEqualTo("ENT-045");
        assertThat(play.resolve("a", Role.FORWARD, Truth.UNDONE).answer()).isEqualTo("ENT-045");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
    }

    private static Play give(Play play, ByteString response) {
        return play.request(new TransactionRequest.Resolve("a", Role.FORWARD, Truth.DONE, response, "op", "looked", 0));
    }

    @Test
    void an_abort_is_advised_only_where_it_is_possible() {
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
    void a_deadline_turns_it_also_where_all_was_done_meanwhile() {
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
    void a_response_is_given_only_of_the_branch_whose_field_is_absent() {
        Play play = Play.of(saga(step("x"), step("a"), step("b").requires("a")))
                .succeed("x")
                .succeed("a");

        play.request(new TransactionRequest.Resolve("x", Role.FORWARD, Truth.DONE, SEVEN, "op", "looked", 0));

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
    }
}

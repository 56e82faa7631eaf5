package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Responses that later calls read. */
class BindingsTest {
    /** Field 1, a varint: 7. */
    private static final ByteString SEVEN = ByteString.copyFrom(new byte[] {8, 7});

    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void a_response_is_durable_before_an_action_that_reads_the_response_is_called() {
        Play play = Play.of(saga(step("a"), step("b").reads("a"))).withSlowStore();

        assertThat(play.succeed("a", SEVEN).calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        play.written();
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void a_write_that_began_before_a_response_does_not_make_the_response_durable() {
        Play play = Play.of(saga(
                        step("r"),
                        step("a").after("r"),
                        step("z").after("r"),
                        step("b").after("a").reads("a")))
                .withSlowStore();
        play.succeed("r").flushDue().succeed("a", SEVEN);

        assertThat(play.written().calls()).containsExactly("z action");
        assertThat(play.written().calls()).contains("b action");
    }

    @Test
    void a_response_read_only_by_an_undo_is_written_with_the_decision() {
        Play play = Play.of(saga(step("a").undoReads("a"), step("b"))).withSlowStore();

        assertThat(play.succeed("a", SEVEN).calls()).as("no write between").containsExactly("b action");
        play.reject("b").written();
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void a_response_required_by_a_steps_undo_is_durable_before_the_step_is_called() {
        Play play =
                Play.of(saga(step("a"), step("b").undoRequires("a"), step("c"))).withSlowStore();

        assertThat(play.succeed("a", SEVEN).calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("b action");

        play.crashAndAdopt().later(TIMEOUT).reject("b").written();
        assertThat(play.calls()).containsExactly("b compensate");
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }

    @Test
    void a_response_that_is_optional_for_a_later_undo_does_not_delay_the_step() {
        Play play = Play.of(saga(step("a"), step("b").undoReads("a"))).withSlowStore();

        assertThat(play.succeed("a", SEVEN).calls()).containsExactly("b action");
    }

    @Test
    void a_response_without_a_reader_is_not_kept() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a", SEVEN);

        assertThat(play.branch("a").response()).isNull();
    }

    @Test
    void the_result_is_kept() {
        Play play = Play.of(saga(step("a"), step("b")).result("a")).succeed("a", SEVEN);

        assertThat(play.branch("a").response()).isEqualTo(SEVEN);
    }

    @Test
    void an_absent_optional_field_is_left_out() {
        Play play = Play.of(saga(step("a"), step("b").reads("a"))).succeed("a");

        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(ByteString.EMPTY);
    }

    @Test
    void an_absent_required_field_parks_and_the_branch_can_be_resolved() {
        Play play = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");

        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
        assertThat(play.branch("b").sent()).isZero();
        assertThat(play.resolve("b", Role.FORWARD, Fact.Truth.DONE).answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_step_whose_required_field_is_absent_is_not_compensated() {
        Play play = Play.of(saga(step("a"), step("b").requires("a"))).succeed("a");

        assertThat(play.abort().calls()).containsExactly("a compensate");
    }

    private static Sketch withPivotThatRequires() {
        return saga(step("a"), step("b").requires("a").pivot(), step("c").noUndo());
    }

    @Test
    void a_pivot_whose_required_field_is_absent_still_allows_an_abort() {
        Play play = Play.of(withPivotThatRequires()).succeed("a");

        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
        assertThat(play.history()).doesNotContain(HistoryKind.PIVOT_CALLED);
        assertThat(play.abort().calls()).containsExactly("a compensate");
    }

    @Test
    void a_deadline_compensates_a_saga_parked_for_the_required_field_of_its_pivot() {
        Play play =
                Play.of(withPivotThatRequires().deadline(Duration.ofMinutes(5))).succeed("a");

        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
        assertThat(play.later(Duration.ofMinutes(5)).calls()).containsExactly("a compensate");
        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
    }

    @Test
    void an_uncalled_pivot_that_is_resolved_as_done_prevents_an_abort() {
        Play play = Play.of(withPivotThatRequires()).succeed("a").withSlowStore();

        assertThat(play.resolve("b", Role.FORWARD, Fact.Truth.DONE).calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("c action");
        assertThat(play.history()).contains(HistoryKind.PIVOT_CALLED);
        assertThat(play.abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void steps_behind_a_pivot_resolved_as_done_wait_for_the_pivots_record() {
        Play play = Play.of(saga(
                        step("a"),
                        step("b").after("a").requires("a").pivot(),
                        step("d").after("a").retriable(),
                        step("c").after("b").noUndo()))
                .succeed("a")
                .withSlowStore();

        assertThat(play.resolve("b", Role.FORWARD, Fact.Truth.DONE).calls()).containsExactly("d action");
        assertThat(play.written().calls()).containsExactly("d action", "c action");
    }

    @Test
    void an_undo_that_requires_an_unknown_response_parks() {
        Play play = Play.of(saga(step("a").attempts(1).undoRequires("a"))).unknown("a");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.parked()).isEqualTo(ParkReason.BINDING_ABSENT);
    }

    @Test
    void a_resolve_is_durable_before_a_reader_of_the_response_is_called() {
        Play play = Play.of(saga(step("a"), step("b").reads("a")))
                .misconfigured("a")
                .withSlowStore();

        play.resolve("a", Role.FORWARD, Fact.Truth.DONE);

        assertThat(play.calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("b action");
    }

    @Test
    void a_cancel_reads_the_response_of_its_try() {
        Play play = Play.of(tcc(step("a").undoReads("a"), step("b")));

        assertThat(play.succeed("a", SEVEN)
                        .reject("b")
                        .callsUnderWay()
                        .getFirst()
                        .request())
                .isEqualTo(SEVEN);
    }

    @Test
    void a_confirm_reads_the_response_of_its_try() {
        Play play = Play.of(tcc(step("a").confirmRequires("a"))).succeed("a", SEVEN);

        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(SEVEN);
    }
}

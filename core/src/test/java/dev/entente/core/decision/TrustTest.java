package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The conditions under which a rejection guarantees that nothing was or will be done. */
class TrustTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static Arguments given(String what, boolean isTrusted, UnaryOperator<Play> story) {
        return Arguments.of(what, isTrusted, story);
    }

    private static Stream<Arguments> stories() {
        return Stream.of(
                given("the only call", true, play -> play),
                given(
                        "after one without an answer",
                        false,
                        play -> play.unknown("a").later(SECOND)),
                given(
                        "after one in progress",
                        false,
                        play -> play.inProgress("a", SECOND).later(SECOND)),
                given(
                        "after one that never left",
                        true,
                        play -> play.notSent("a", SECOND).afterSpread(SECOND)),
                given(
                        "after one that never left, at rest",
                        true,
                        play -> play.notSent("a", Duration.ofMinutes(1)).afterSpread(Duration.ofMinutes(1))),
                given(
                        "after one without an answer, then one that never left",
                        false,
                        play -> play.unknown("a")
                                .later(SECOND)
                                .notSent("a", SECOND)
                                .afterSpread(SECOND)),
                given(
                        "after a misconfigured one, retried",
                        false,
                        play -> play.misconfigured("a").retry()),
                given("after an adoption", false, Play::crashAndAdopt),
                given(
                        "after an adoption, and a call that never left",
                        false,
                        play -> play.crashAndAdopt().notSent("a", SECOND).afterSpread(SECOND)),
                given(
                        "after an adoption and a rest",
                        false,
                        play -> play.crashAndAdopt()
                                .notSent("a", Duration.ofMinutes(1))
                                .afterSpread(Duration.ofMinutes(1))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("stories")
    void a_rejection_is_trusted_if_no_other_call_can_have_been_sent(
            String what, boolean isTrusted, UnaryOperator<Play> story) {
        Play play = story.apply(Play.of(saga(step("a"))));
        assertThat(play.calls()).as(what).containsExactly("a action");

        play.reject("a");

        assertThat(play.stateOf("a")).isEqualTo(isTrusted ? BranchState.REJECTED : BranchState.FAILED);
        assertThat(play.state()).isEqualTo(isTrusted ? TransactionState.ABORTED : TransactionState.UNDOING);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stories")
    void a_settled_rejection_is_always_trusted(String what, boolean isTrusted, UnaryOperator<Play> story) {
        Play play = story.apply(Play.of(saga(step("a"))));

        play.rejectSettled("a");

        assertThat(play.stateOf("a")).as(what).isEqualTo(BranchState.REJECTED);
    }

    @Test
    void a_rejection_is_trusted_after_a_row_waited_for_capacity() {
        Play play = Play.overloaded(saga(step("a"))).claim().reject("a");

        assertThat(play.stateOf("a")).isEqualTo(BranchState.REJECTED);
    }

    @Test
    void a_rejection_is_trusted_after_the_first_claim_of_a_scheduled_row() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).later(Duration.ofMinutes(1));

        assertThat(play.reject("a").stateOf("a")).isEqualTo(BranchState.REJECTED);
    }

    @Test
    void a_rejection_is_not_trusted_after_a_takeover_of_a_scheduled_row() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).later(Duration.ofMinutes(1));
        assertThat(play.row().progress().state()).isEqualTo(TransactionState.SCHEDULED);

        play.crashAndAdopt().reject("a");

        assertThat(play.stateOf("a")).isEqualTo(BranchState.FAILED);
    }

    @Test
    void a_rejection_of_a_retried_step_is_not_trusted() {
        Play play = Play.of(saga(step("a").retriable())).reject("a").retry().reject("a");

        assertThat(play.stateOf("a")).as("two calls have left").isEqualTo(BranchState.CALLED);
        assertThat(play.abort().calls()).containsExactly("a compensate");
    }
}

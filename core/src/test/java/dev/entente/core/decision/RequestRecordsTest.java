package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The history events that requests and answers record. */
final class RequestRecordsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static List<Effect> decided(Play play, TransactionRequest request) {
        return new Decider()
                .decide(play.transaction(), new Event.Acted(request, null), play.now(), 0)
                .effects();
    }

    @Test
    void a_recorded_decision_on_an_approval_is_written_during_a_call_in_flight() {
        Play play = Play.of(saga(
                step("root"),
                step("slow").after("root"),
                step("ok").approval(Duration.ofDays(1), Approval.Expiry.REJECT).after("root")));
        play.succeed("root");

        assertThat(play.calls()).containsExactly("slow action");
        assertThat(decided(play, new TransactionRequest.DecideApproval("ok", true, "boss", "checked", 0)))
                .hasAtLeastOneElementOfType(Effect.Recorded.class)
                .hasAtLeastOneElementOfType(Effect.Flush.class);
    }

    @Test
    void a_commit_and_a_registration_are_recorded_and_written_at_once() {
        Play begun = Play.begunMessage(message(step("delivery-1")).checkedBack(3));
        Play running = Play.of(tcc(step("a")));
        Branch joins = step("a/x").branch(Pattern.TCC).registered(running.now());

        assertThat(decided(begun, new TransactionRequest.Commit(Set.of(), Map.of())))
                .hasAtLeastOneElementOfType(Effect.Recorded.class)
                .hasAtLeastOneElementOfType(Effect.Flush.class);
        assertThat(decided(running, new TransactionRequest.Register(joins, ByteString.copyFromUtf8("branch"))))
                .hasAtLeastOneElementOfType(Effect.Recorded.class)
                .hasAtLeastOneElementOfType(Effect.Flush.class);
    }

    @Test
    void a_begun_message_can_be_retried() {
        Play play = Play.begunMessage(message(step("delivery-1")).checkedBack(3));

        assertThat(play.retry().answer()).isEqualTo("done");
    }

    @Test
    void the_commit_of_a_message_is_answered_when_durable() {
        Play play = Play.begunMessage(message(step("delivery-1")).checkedBack(3))
                .withSlowStore()
                .commit();

        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().answer()).isEqualTo("done");
    }

    @Test
    void try_responses_from_a_commit_become_durable_with_the_decision() {
        Play play = Play.begun(tcc(step("a")))
                .request(new TransactionRequest.Commit(Set.of("a"), Map.of("a", ByteString.copyFromUtf8("response"))));

        int decided = play.transaction().progress().decidedRevision();
        assertThat(play.branch("a").known().revision()).isEqualTo(decided);
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void a_registration_is_recorded_with_the_index_of_its_branch() {
        Play play = Play.of(tcc(step("a"), step("b"))).registerNested(step("a/x"));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.transaction().progress().history().events())
                .extracting(HistoryEvent::fact)
                .filteredOn(fact -> fact instanceof Fact.Registered)
                .containsExactly(new Fact.Registered(2, "a/x"));
        assertThat(play.registerNested(step("a/x")).answer()).isEqualTo("done");
    }

    @Test
    void a_registration_with_the_name_of_the_first_branch_is_refused() {
        Play play = Play.of(tcc(step("a"), step("b"))).registerNested(step("a"));

        assertThat(play.answer()).isEqualTo("ENT-031");
    }

    @Test
    void a_refused_late_registration_reports_the_state_of_the_transaction() {
        Play undoing = Play.of(tcc(step("a"), step("b"))).succeed("a").reject("b");

        assertThat(undoing.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(undoing.registerNested(step("b/x")).refusal()).hasMessageContaining("the transaction is UNDOING");
    }

    @Test
    void a_call_refused_for_a_stale_fence_has_an_unknown_outcome_and_is_repeated() {
        Play play = Play.of(saga(step("a"))).answer("a", new Outcome.StaleFence("fence 7 is older than 8"));

        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.branch("a").lastOutcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(play.later(SECOND).calls()).containsExactly("a action");
    }

    @Test
    void an_attempt_without_a_connection_for_long_is_not_counted_as_sent() {
        Play play = Play.of(saga(step("a"))).unreachable("a", SECOND);
        play.later(Duration.ofMinutes(10)).unreachable("a", SECOND);

        assertThat(play.branch("a").attempts()).isEqualTo(1);
        assertThat(play.branch("a").sent()).isZero();
    }

    @Test
    void a_repeated_in_progress_answer_replaces_the_previous_event() {
        Play play = Play.of(saga(step("a"))).inProgress("a", SECOND).later(SECOND);
        int revision = play.transaction().progress().revision();

        play.answer("a", new Outcome.InProgress("nearly done", SECOND));

        assertThat(play.transaction().progress().revision()).isEqualTo(revision);
        HistoryEvent last = play.transaction().progress().history().events().getLast();
        assertThat(last.fact())
                .isInstanceOfSatisfying(
                        Fact.Called.class, call -> assertThat(call.detail()).isEqualTo("nearly done"));
        assertThat(last.time()).isEqualTo(play.now());
    }

    @Test
    void a_repeated_in_progress_answer_adds_no_event() {
        Play play = Play.of(tcc(step("a"), step("b")))
                .inProgress("a", SECOND)
                .inProgress("b", SECOND)
                .later(Duration.ofMinutes(1))
                .inProgress("b", SECOND);

        assertThat(play.transaction().progress().history().events())
                .extracting(HistoryEvent::fact)
                .filteredOn(fact -> fact instanceof Fact.Called)
                .extracting(fact -> ((Fact.Called) fact).branch())
                .containsExactly(0, 1);
    }
}

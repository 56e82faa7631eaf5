package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.RowWrite;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineTest {
    private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

    @Test
    void the_calls_of_a_transaction_belong_to_the_trace_that_it_was_submitted_in() {
        EngineFixture fixture = new EngineFixture();
        Submission plain = EngineFixture.submission("a", "first", "second");
        var _ = fixture.engine.accept(
                new Submission("a", plain.plan(), plain.encodedPlan(), plain.digest(), false, "00-0af7-b7ad-01", null));
        fixture.calls.remove().succeed();
        var _ = fixture.engine.accept(EngineFixture.submission("b", "only"));
        assertThat(fixture.everCalled)
                .extracting(BranchCall::gid, BranchCall::callersTrace)
                .containsExactly(tuple("a", "00-0af7-b7ad-01"), tuple("a", "00-0af7-b7ad-01"), tuple("b", null));
    }

    /** Also those of a transaction that was lost and is submitted again under its gid. */
    @Test
    void calls_after_a_failover_have_fences_above_the_floor() {
        EngineFixture fixture = new EngineFixture();
        fixture.store.fenceFloor = 1000;
        fixture.submit("a", "one");
        assertThat(fixture.everCalled).extracting(BranchCall::fence).containsExactly(1001L);
        assertThat(fixture.engine.get("a").join().fence()).isEqualTo(1001);
    }

    @Test
    void a_saga_costs_two_writes_and_its_waiting_client_hears_of_the_end() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> end = fixture.engine.end("a");
        fixture.calls.remove().succeed();
        fixture.calls.remove().succeed();

        assertThat(fixture.store.writes).hasSize(1);
        assertThat(end.join().progress().state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(fixture.engine.intake().memory().open()).isZero();
    }

    @Test
    void a_late_answer_to_a_second_accept_does_not_bring_a_finished_transaction_back() {
        EngineFixture fixture = new EngineFixture();
        fixture.store.isInDoubt = true;
        fixture.submit("a", "one");
        fixture.store.isHoldingBack = true;
        CompletableFuture<Transactions.Accepted> second = fixture.engine.accept(EngineFixture.submission("a", "one"));
        fixture.store.isHoldingBack = false;
        fixture.calls.remove().succeed();
        fixture.store.answer();

        assertThat(second.join().isKnown()).isTrue();
        assertThat(fixture.everCalled).hasSize(1);
        assertThat(fixture.engine.intake().memory().open()).isZero();
    }

    @Test
    void of_two_accepts_at_once_one_waits_for_the_other() {
        EngineFixture fixture = new EngineFixture();
        fixture.store.isHoldingBack = true;
        fixture.submit("a", "one");
        CompletableFuture<Transactions.Accepted> second = fixture.engine.accept(EngineFixture.submission("a", "one"));
        fixture.store.isHoldingBack = false;
        fixture.store.answer();
        fixture.pass(Duration.ofMillis(25));

        assertThat(second.join().isKnown()).isTrue();
        assertThat(fixture.everCalled).hasSize(1);
    }

    @Test
    void an_adopted_row_is_looked_at_as_such_though_the_drain_comes_first() {
        EngineFixture fixture = new EngineFixture();
        accepted(fixture, "a", 99L);
        fixture.engine.drain();
        fixture.engine.intake().opening().install(fixture.store.claim("a", 99L), true);
        fixture.calls.remove().answer().accept(new Outcome.Rejected("sold out", false));

        Snapshot resting = fixture.engine.get("a").join();
        assertThat(kinds(resting)).contains(HistoryKind.ADOPTED);
        assertThat(resting.progress().branch(0).sent()).isEqualTo(2);
        assertThat(fixture.engine.intake().memory().open()).isZero();
        assertThat(fixture.store.open("a").owner()).isNull();
    }

    @Test
    void a_drain_finishes_what_is_in_flight_and_puts_the_rest_to_rest() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        fixture.engine.drain();
        fixture.calls.remove().succeed();

        assertThat(fixture.calls).isEmpty();
        assertThat(fixture.engine.intake().memory().open()).isZero();
        assertThat(fixture.store.open("a").owner()).isNull();
        assertThat(fixture.store.open("a").dueAt()).isEqualTo(EngineFixture.NOON);
    }

    @Test
    void acts_that_queue_up_behind_one_another_are_all_answered() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one");
        List<CompletableFuture<Snapshot>> answers = new ArrayList<>();
        answers.add(fixture.engine.act("a", EngineFixture.abortByForce()));
        for (int i = 0; i < 20_000; i++) {
            answers.add(fixture.engine.act("a", new TransactionRequest.Commit(Set.of(), Map.of())));
        }
        fixture.calls.remove().answer().accept(new Outcome.Unknown("no answer", null));
        fixture.pass(Duration.ofMinutes(1));

        assertThat(answers).allMatch(CompletableFuture::isDone);
    }

    @Test
    void an_act_that_comes_during_a_write_is_audited_with_the_write_that_holds_it() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        fixture.calls.remove().succeed();
        fixture.store.isHoldingBack = true;
        fixture.pass(Duration.ofSeconds(1));
        assertThat(fixture.store.writes)
                .singleElement()
                .satisfies(write -> assertThat(write.audit()).isNull());

        CompletableFuture<Snapshot> retried =
                fixture.engine.act("a", new TransactionRequest.Retry("eve", "now\0please", 0));
        fixture.store.answer();

        assertThat(retried.join().progress().revision()).isPositive();
        RowWrite second = fixture.store.writes.get(1);
        assertThat(Objects.requireNonNull(second.audit()).reason()).startsWith("now\\u0000please (escaped; ");
        assertThat(fixture.store.writes).hasSize(2);
    }

    @Test
    void an_end_is_not_forced_while_a_call_of_a_dead_owner_may_be_under_way() {
        EngineFixture fixture = new EngineFixture();
        accepted(fixture, "a", 99L);
        fixture.engine.intake().opening().install(fixture.store.claim("a", 99L), true);
        fixture.calls.remove().answer().accept(new Outcome.Misconfigured("no such method", false));
        CompletableFuture<Snapshot> tooEarly = fixture.engine.act("a", EngineFixture.abortByForce());
        assertThat(tooEarly)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo(ErrorCode.CALLS_IN_FLIGHT);
                    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(30));
                });
        assertThat(fixture.engine.intake().memory().open()).isZero();

        fixture.pass(Duration.ofSeconds(25));
        CompletableFuture<Snapshot> forced = fixture.engine.act("a", EngineFixture.abortByForce());
        fixture.pass(Duration.ofMillis(4999));
        assertThat(forced).isNotDone();
        fixture.pass(Duration.ofMillis(1));

        assertThat(forced.join().progress().state()).isEqualTo(TransactionState.ABORTED);
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
    }

    @Test
    void an_act_that_awaits_a_call_for_too_long_is_refused_and_comes_to_nothing() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> forced = fixture.engine.act("a", EngineFixture.abortByForce());
        fixture.pass(Duration.ofSeconds(8));
        assertThat(forced).isCompletedExceptionally();

        fixture.calls.remove().succeed();
        fixture.calls.remove().succeed();
        assertThat(fixture.engine.get("a").join().progress().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @ParameterizedTest
    @CsvSource({"60, 10, 10", "10, 60, 10", "60, 60, 60"})
    void a_delayed_transaction_is_due_at_its_start_or_at_its_deadline_if_that_comes_first(
            int startSeconds, int deadlineSeconds, int dueSeconds) {
        EngineFixture fixture = new EngineFixture();
        Submission submission =
                EngineFixture.scheduled("a", Duration.ofSeconds(startSeconds), Duration.ofSeconds(deadlineSeconds));
        Instant due = EngineFixture.NOON.plusSeconds(dueSeconds);

        assertThat(fixture.engine.accept(submission).join().snapshot().dueAt()).isEqualTo(due);
        assertThat(fixture.store.open("a").dueAt()).isEqualTo(due);
    }

    @Test
    void a_defect_waits_for_the_write_under_way_and_then_parks_the_row() {
        Decider decider = new Decider();
        EngineFixture fixture = new EngineFixture((transaction, event, now, random) -> {
            if (event instanceof Event.CallFinished finished && finished.branch() == 1) {
                throw new IllegalStateException("a bug, for the test");
            }
            return decider.decide(transaction, event, now, random);
        });
        fixture.submit("a", "one", "two");
        fixture.calls.remove().succeed();
        fixture.store.isHoldingBack = true;
        fixture.pass(Duration.ofSeconds(1));
        CompletableFuture<Snapshot> end = fixture.engine.end("a");
        fixture.calls.remove().succeed();
        assertThat(fixture.store.writes).hasSize(1);

        fixture.store.isHoldingBack = false;
        fixture.store.answer();
        fixture.pass(Duration.ofSeconds(1));

        assertThat(Objects.requireNonNull(end.join().progress().parked()).reason())
                .isEqualTo(ParkReason.DEFECT);
        assertThat(fixture.engine.intake().memory().open()).isZero();
    }

    @Test
    void a_transaction_parked_before_its_first_write_can_still_be_read() {
        EngineFixture fixture = new EngineFixture((_, _, _, _) -> {
            throw new IllegalStateException("a bug, for the test");
        });
        fixture.submit("a", "one");

        Snapshot parked = fixture.engine.get("a").join();
        assertThat(parked.isAtRest()).isTrue();
        assertThat(parked.progress().state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void while_the_lease_has_lapsed_no_call_leaves_and_later_it_goes_on() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        fixture.isLeaseHeld = false;
        fixture.calls.remove().succeed();
        fixture.pass(TWO_SECONDS);
        assertThat(fixture.calls).isEmpty();

        fixture.isLeaseHeld = true;
        fixture.pass(TWO_SECONDS);
        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
    }

    @Test
    void a_resting_transaction_tells_when_it_is_due() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one");
        CompletableFuture<Snapshot> last = new CompletableFuture<>();
        var _ = fixture.engine.watch("a", snapshot -> {
            if (snapshot.dueAt() != null) {
                last.complete(snapshot);
            }
        });
        fixture.calls.remove().answer().accept(new Outcome.Unknown("no answer", Duration.ofMinutes(5)));

        assertThat(last.join().dueAt()).isEqualTo(EngineFixture.NOON.plus(Duration.ofMinutes(5)));
        assertThat(last.join().owner()).isNull();
    }

    @Test
    void a_watcher_is_told_of_each_change_once_and_a_throwing_one_harms_nobody() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        List<Integer> revisions = new ArrayList<>();
        Transactions.Watching good = fixture.engine
                .watch("a", snapshot -> revisions.add(snapshot.progress().revision()))
                .join();
        int[] reported = {0};
        Transactions.Watching bad = fixture.engine
                .watch("a", _ -> {
                    if (reported[0]++ > 0) {
                        throw new IllegalStateException("a bad listener, for the test");
                    }
                })
                .join();
        fixture.calls.remove().succeed();
        fixture.calls.remove().succeed();

        assertThat(revisions).doesNotHaveDuplicates().isSorted().hasSizeGreaterThan(2);
        assertThat(good.over()).isCompleted();
        assertThat(bad.over()).isCompletedExceptionally();
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
    }

    @Test
    void who_waits_or_watches_hears_of_the_end_of_the_incarnation() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one");
        CompletableFuture<Snapshot> end = fixture.engine.end("a");
        Transactions.Watching watching = fixture.engine.watch("a", _ -> {}).join();
        fixture.engine.abandon();

        assertThat(end).isCompletedExceptionally();
        assertThat(watching.over()).isCompletedExceptionally();
    }

    @Test
    void rows_outside_are_looked_at_a_bounded_number_at_a_time() {
        EngineFixture fixture = new EngineFixture();
        for (int i = 0; i < 1000; i++) {
            accepted(fixture, "gid-" + i, 99L);
            var _ = fixture.engine.end("gid-" + i);
        }
        fixture.store.reads = 0;
        fixture.pass(Duration.ofSeconds(1));

        assertThat(fixture.store.reads).isBetween(500, 1000);
    }

    // ---- scenes

    /** A row that another incarnation has accepted and owns. */
    private static void accepted(EngineFixture fixture, String gid, long owner) {
        Submission submission = EngineFixture.submission(gid, "one");
        var _ = fixture.store.accept(new NewTransaction(
                gid,
                submission.plan().pattern(),
                TransactionState.RUNNING,
                "test",
                Map.of(),
                null,
                null,
                PlanCodec.format(),
                ByteString.EMPTY,
                submission.encodedPlan(),
                List.of(),
                List.of(),
                null));
        fixture.store.own(gid, owner);
    }

    private static List<HistoryKind> kinds(Snapshot snapshot) {
        return snapshot.progress().history().events().stream()
                .map(HistoryEvent::kind)
                .toList();
    }
}

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
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.RowWrite;
import dev.entente.wire.TraceParent;
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
    private static final TraceParent TRACE =
            new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00");

    @Test
    void the_calls_of_a_transaction_carry_the_trace_of_its_submission_also_after_a_takeover() {
        EngineFixture fixture = new EngineFixture();
        var _ = fixture.engine.accept(traced("a", "first", "second"));
        fixture.calls.remove().succeed();
        accepted(fixture, traced("b", "only"), 99L);
        fixture.engine.intake().opening().install(fixture.store.claim("b", 99L), true);
        var _ = fixture.engine.accept(EngineFixture.submission("c", "only"));
        assertThat(fixture.everCalled)
                .extracting(BranchCall::gid, BranchCall::callersTrace)
                .containsExactly(
                        tuple("a", TRACE.header()),
                        tuple("a", TRACE.header()),
                        tuple("b", TRACE.header()),
                        tuple("c", null));
    }

    private static Submission traced(String gid, String... steps) {
        Submission plain = EngineFixture.submission(gid, steps);
        ByteString trace = ByteString.copyFrom(TRACE.bytes());
        return new Submission(
                gid, plain.plan().in(trace), PlanBytes.in(trace, plain.encodedPlan()), plain.digest(), false);
    }

    /** Also the calls of a transaction that was lost and is submitted again under its gid. */
    @Test
    void calls_after_a_failover_have_fences_above_the_floor() {
        EngineFixture fixture = new EngineFixture();
        fixture.store.fenceFloor = 1000;
        fixture.submit("a", "one");
        assertThat(fixture.everCalled).extracting(BranchCall::fence).containsExactly(1001L);
        assertThat(fixture.engine.get("a").join().fence()).isEqualTo(1001);
    }

    @Test
    void a_saga_costs_two_writes_and_its_client_receives_the_final_state() {
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
    void a_late_response_to_a_second_accept_does_not_reload_a_finished_transaction() {
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
    void a_concurrent_second_accept_waits_for_the_first() {
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
    void a_row_taken_over_after_a_drain_began_is_recorded_as_adopted() {
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
    void a_drain_finishes_calls_in_flight_and_releases_the_rows() {
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
    void each_of_many_queued_operations_receives_a_response() {
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
    void an_operation_during_a_write_is_audited_with_the_next_write() {
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
    void a_force_finish_is_delayed_while_a_call_of_a_dead_owner_may_be_in_flight() {
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
    void an_operation_that_waits_too_long_for_a_call_is_refused_without_effect() {
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
    void a_delayed_transaction_is_due_at_its_start_or_its_earlier_deadline(
            int startSeconds, int deadlineSeconds, int dueSeconds) {
        EngineFixture fixture = new EngineFixture();
        Submission submission =
                EngineFixture.scheduled("a", Duration.ofSeconds(startSeconds), Duration.ofSeconds(deadlineSeconds));
        Instant due = EngineFixture.NOON.plusSeconds(dueSeconds);

        assertThat(fixture.engine.accept(submission).join().snapshot().dueAt()).isEqualTo(due);
        assertThat(fixture.store.open("a").dueAt()).isEqualTo(due);
    }

    @Test
    void a_defect_parks_the_row_after_the_write_in_progress() {
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
        assertThat(parked.isFinishedOrParked()).isTrue();
        assertThat(parked.progress().state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void no_call_is_sent_without_a_lease_and_the_transaction_continues_afterwards() {
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
    void a_resting_transaction_reports_its_due_time() {
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
    void a_watcher_sees_each_change_once_although_another_watcher_throws() {
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
    void waiters_and_watchers_fail_when_the_incarnation_ends() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one");
        CompletableFuture<Snapshot> end = fixture.engine.end("a");
        Transactions.Watching watching = fixture.engine.watch("a", _ -> {}).join();
        fixture.engine.abandon();

        assertThat(end).isCompletedExceptionally();
        assertThat(watching.over()).isCompletedExceptionally();
    }

    @Test
    void polling_of_rows_owned_elsewhere_is_limited() {
        EngineFixture fixture = new EngineFixture();
        for (int i = 0; i < 1000; i++) {
            accepted(fixture, "gid-" + i, 99L);
            var _ = fixture.engine.end("gid-" + i);
        }
        fixture.store.reads = 0;
        fixture.pass(Duration.ofSeconds(1));

        assertThat(fixture.store.reads).isBetween(500, 1000);
    }

    // ---- helpers

    /** Adds a row that another incarnation has accepted and owns. */
    private static void accepted(EngineFixture fixture, String gid, long owner) {
        accepted(fixture, EngineFixture.submission(gid, "one"), owner);
    }

    private static void accepted(EngineFixture fixture, Submission submission, long owner) {
        var _ = fixture.store.accept(new NewTransaction(
                submission.gid(),
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
        fixture.store.own(submission.gid(), owner);
    }

    private static List<HistoryKind> kinds(Snapshot snapshot) {
        return snapshot.progress().history().events().stream()
                .map(HistoryEvent::kind)
                .toList();
    }
}

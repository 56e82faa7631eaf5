package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Decider;
import dev.entente.server.engine.EngineFixture;
import dev.entente.server.engine.FakeMembership;
import dev.entente.server.engine.FakeStore;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Recovery after an {@link Error} that is thrown once: each request receives a response, and periodic tasks continue.
 */
class ErrorRecoveryTest {
    private final Error onPurpose = new OutOfMemoryError("on purpose");

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void a_submission_refused_with_an_error_can_be_sent_again() {
        fixture.store.thrown = onPurpose;
        assertThat(fixture.engine.accept(EngineFixture.submission("a", "one"))).isCompletedExceptionally();
        fixture.store.thrown = null;

        assertThat(fixture.engine.accept(EngineFixture.submission("a", "one"))).isCompleted();
        assertThat(fixture.calls).hasSize(1);
        assertThat(fixture.engine.intake().memory().heldBytes()).isPositive();
    }

    @Test
    void a_submission_refused_with_an_error_uses_no_memory() {
        fixture.store.thrown = onPurpose;
        assertThat(fixture.engine.accept(EngineFixture.heavy("a", 1000))).isCompletedExceptionally();
        assertThat(fixture.engine.intake().memory().heldBytes()).isZero();
        assertThat(fixture.mayHold("a")).isFalse();
    }

    @Test
    void an_operation_fails_when_the_store_throws() {
        fixture.store.thrown = onPurpose;
        assertThat(fixture.engine.act("a", EngineFixture.abortByForce())).isCompletedExceptionally();
    }

    @Test
    void a_row_is_parked_later_after_an_error_during_parking() {
        AtomicInteger decisions = new AtomicInteger();
        EngineFixture defective = new EngineFixture((transaction, event, now, random) -> {
            if (decisions.incrementAndGet() > 1) {
                throw onPurpose;
            }
            return new Decider().decide(transaction, event, now, random);
        });
        defective.submit("a", "one");
        defective.store.thrown = onPurpose;
        defective.calls.remove().succeed();
        defective.pass(Duration.ofSeconds(3));
        assertThat(defective.mayHold("a")).isTrue();

        defective.store.thrown = null;
        defective.pass(Duration.ofSeconds(3));

        assertThat(defective.store.open("a").parked()).isNotNull();
        assertThat(defective.mayHold("a")).isFalse();
    }

    @Test
    void a_waiter_receives_a_remote_final_state_after_a_read_that_threw() {
        EngineFixture elsewhere = new EngineFixture();
        elsewhere.submit("a", "one");
        fixture.store.rows.put("a", elsewhere.store.open("a"));
        CompletableFuture<Snapshot> end = fixture.engine.end("a");
        fixture.store.thrown = onPurpose;
        fixture.pass(Duration.ofSeconds(3));
        assertThat(end).isNotDone();

        elsewhere.calls.remove().succeed();
        fixture.store.rows.put("a", ended(elsewhere));
        fixture.store.thrown = null;
        fixture.pass(Duration.ofSeconds(3));

        assertThat(end).isCompleted();
    }

    private static FinishedRow ended(EngineFixture elsewhere) {
        return (FinishedRow) Objects.requireNonNull(elsewhere.store.rows.get("a"));
    }

    @Test
    void a_delivery_is_sent_later_after_a_failed_query_of_its_predecessor() {
        fixture.store.isHoldingBack = true;
        var _ = fixture.engine.accept(EngineFixture.message("m", null));
        fixture.store.isHoldingBack = false;
        Runnable accepted = fixture.store.answers.remove();
        fixture.store.thrown = onPurpose;
        accepted.run();
        assertThat(fixture.calls).isEmpty();

        fixture.store.thrown = null;
        fixture.pass(Duration.ofSeconds(3));

        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void a_takeover_that_threw_an_error_can_be_started_again() {
        Takeover takeover = new Takeover(fixture.engine.intake(), fixture.environment, 10, _ -> {});
        Throwing source = new Throwing();

        assertThat(takeover.begin(source)).isCompletedExceptionally();
        assertThat(takeover.begin(source)).isCompletedWithValue(0);
        assertThat(source.takeCalls).isEqualTo(2);
    }

    private final class Throwing extends Takeover.Source {
        private int takeCalls;

        Throwing() {
            super(fixture.store, "one", false);
        }

        @Override
        CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
            takeCalls++;
            if (takeCalls == 1) {
                throw onPurpose;
            }
            isExhausted = true;
            return CompletableFuture.completedFuture(List.of());
        }
    }

    @Test
    void a_new_incarnation_starts_although_closing_the_lost_incarnation_threw() {
        ArrayDeque<Runnable> closings = new ArrayDeque<>(List.of(() -> {
            throw onPurpose;
        }));
        AtomicInteger sessions = new AtomicInteger();
        Coordinator coordinator = coordinator(sessions, () -> {
            Runnable next = closings.poll();
            if (next != null) {
                next.run();
            }
        });
        coordinator.start().join();

        loseIgnoringErrors(coordinator);
        fixture.pass(Duration.ofSeconds(5));

        assertThat(sessions).hasValue(2);
        assertThat(coordinator.isReady()).isTrue();
    }

    private void loseIgnoringErrors(Coordinator coordinator) {
        try {
            coordinator.incarnationEnded(FakeStore.ME);
        } catch (Error e) {
            assertThat(e).isSameAs(onPurpose);
        }
    }

    @Test
    void another_incarnation_starts_after_a_failed_start() {
        AtomicInteger sessions = new AtomicInteger();
        Coordinator coordinator = coordinator(sessions, () -> {});
        coordinator.start().join();
        coordinator.incarnationEnded(FakeStore.ME);
        failsOnce = true;
        fixture.pass(Duration.ofSeconds(10));

        assertThat(sessions).hasValue(3);
        assertThat(coordinator.isReady()).isTrue();
    }

    @Test
    void a_coordinator_is_ready_soon_after_a_long_database_outage() {
        AtomicInteger sessions = new AtomicInteger();
        Coordinator coordinator = coordinator(sessions, () -> {});
        coordinator.start().join();
        coordinator.incarnationEnded(FakeStore.ME);
        fails = true;
        fixture.pass(Duration.ofMinutes(5));
        assertThat(coordinator.isReady()).isFalse();

        fails = false;
        fixture.pass(Duration.ofSeconds(4));

        assertThat(coordinator.isReady()).isTrue();
    }

    private boolean fails;
    private boolean failsOnce;

    private Coordinator coordinator(AtomicInteger sessions, Runnable close) {
        FakeMembership membership = new FakeMembership();
        return new Coordinator(
                () -> {
                    sessions.incrementAndGet();
                    if (fails || failsOnce) {
                        failsOnce = false;
                        throw onPurpose;
                    }
                    FirstRenewal renewal = new FirstRenewal(
                            fixture.environment.nanos().getAsLong(),
                            fixture.environment.wallMillis().getAsLong(),
                            EngineFixture.NOON);
                    return CompletableFuture.completedFuture(new Session(fixture.store, membership, renewal, close));
                },
                new Decider(),
                (_, _) -> {},
                fixture.environment,
                fixture.settings,
                _ -> {});
    }

    @Test
    void claims_continue_after_a_round_that_threw_an_error() {
        FakeMembership membership = new FakeMembership();
        Claims claims =
                new Claims(fixture.engine.intake(), fixture.store, membership, fixture.environment, fixture.settings);
        membership.thrown = onPurpose;
        assertThat(claims.start()).isCompletedExceptionally();
        fixture.pass(Duration.ofSeconds(1));
        membership.thrown = null;
        int before = membership.peerQueries;
        fixture.pass(Duration.ofSeconds(1));

        assertThat(membership.peerQueries).isGreaterThan(before);
        claims.close();
    }

    @Test
    void renewals_continue_after_a_renewal_that_threw_an_error() {
        FakeMembership membership = new FakeMembership();
        DatabaseClock clock =
                new DatabaseClock(fixture.environment.nanos(), new FirstRenewal(0, 0, EngineFixture.NOON));
        LeaseKeeper lease = new LeaseKeeper(
                membership,
                fixture.environment,
                Duration.ofSeconds(9),
                clock,
                new FirstRenewal(0, 0, EngineFixture.NOON),
                () -> {});
        lease.start();
        membership.thrown = onPurpose;
        fixture.pass(Duration.ofSeconds(5));
        membership.thrown = null;
        membership.renewal = null;
        fixture.pass(Duration.ofSeconds(2));
        membership.renewal = FakeMembership.ALIVE;
        fixture.pass(Duration.ofMinutes(1));

        assertThat(lease.isHeld()).isTrue();
    }
}

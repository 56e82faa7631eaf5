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
 * An error that is thrown once stops nothing for good, and leaves nobody waiting: neither who asked nor what is done
 * again and again.
 */
class SilenceTest {
    private final Error onPurpose = new OutOfMemoryError("on purpose");

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void a_submission_that_met_an_error_is_refused_and_can_be_sent_again() {
        fixture.store.thrown = onPurpose;
        assertThat(fixture.engine.accept(EngineFixture.submission("a", "one"))).isCompletedExceptionally();
        fixture.store.thrown = null;

        assertThat(fixture.engine.accept(EngineFixture.submission("a", "one"))).isCompleted();
        assertThat(fixture.calls).hasSize(1);
        assertThat(fixture.engine.intake().memory().heldBytes()).isPositive();
    }

    @Test
    void a_submission_that_was_refused_for_an_error_weighs_nothing() {
        fixture.store.thrown = onPurpose;
        assertThat(fixture.engine.accept(EngineFixture.heavy("a", 1000))).isCompletedExceptionally();
        assertThat(fixture.engine.intake().memory().heldBytes()).isZero();
        assertThat(fixture.mayHold("a")).isFalse();
    }

    @Test
    void an_act_that_met_an_error_is_refused() {
        fixture.store.thrown = onPurpose;
        assertThat(fixture.engine.act("a", EngineFixture.abortByForce())).isCompletedExceptionally();
    }

    @Test
    void a_row_whose_parking_met_an_error_is_parked_later() {
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
    void who_waits_for_an_end_elsewhere_hears_of_it_though_a_look_met_an_error() {
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
    void a_delivery_whose_predecessor_could_not_be_asked_for_leaves_later() {
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
    void rows_whose_taking_met_an_error_are_taken_by_the_next_look() {
        Takeover takeover = new Takeover(fixture.engine.intake(), fixture.environment, 10, _ -> {});
        Throwing source = new Throwing();

        assertThat(takeover.begin(source)).isCompletedExceptionally();
        assertThat(takeover.begin(source)).isCompletedWithValue(0);
        assertThat(source.asked).isEqualTo(2);
    }

    private final class Throwing extends Takeover.Source {
        private int asked;

        Throwing() {
            super(fixture.store, "one", false);
        }

        @Override
        CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
            asked++;
            if (asked == 1) {
                throw onPurpose;
            }
            isExhausted = true;
            return CompletableFuture.completedFuture(List.of());
        }
    }

    @Test
    void a_lost_incarnation_that_cannot_be_ended_is_followed_by_another() {
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

        loseThoughItThrows(coordinator);
        fixture.pass(Duration.ofSeconds(5));

        assertThat(sessions).hasValue(2);
        assertThat(coordinator.isReady()).isTrue();
    }

    private void loseThoughItThrows(Coordinator coordinator) {
        try {
            coordinator.incarnationEnded(FakeStore.ME);
        } catch (Error e) {
            assertThat(e).isSameAs(onPurpose);
        }
    }

    @Test
    void an_incarnation_that_could_not_begin_is_followed_by_another() {
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
    void a_coordinator_that_could_not_begin_for_long_is_back_soon_after_its_database() {
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
    void a_round_of_claims_that_met_an_error_is_followed_by_another() {
        FakeMembership membership = new FakeMembership();
        Claims claims =
                new Claims(fixture.engine.intake(), fixture.store, membership, fixture.environment, fixture.settings);
        membership.thrown = onPurpose;
        assertThat(claims.start()).isCompletedExceptionally();
        fixture.pass(Duration.ofSeconds(1));
        membership.thrown = null;
        int before = membership.looks;
        fixture.pass(Duration.ofSeconds(1));

        assertThat(membership.looks).isGreaterThan(before);
        claims.close();
    }

    @Test
    void a_renewal_that_met_an_error_is_followed_by_another() {
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

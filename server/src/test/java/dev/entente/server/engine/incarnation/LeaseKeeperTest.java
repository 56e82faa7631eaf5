package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.FakeMembership;
import dev.entente.server.store.Membership;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The lease, with renewals that the test completes. */
class LeaseKeeperTest {
    private static final Duration LENGTH = Duration.ofSeconds(10);

    private final Deque<Runnable> alarms = new ArrayDeque<>();
    private final Deque<CompletableFuture<Membership.Renewal>> renewals = new ArrayDeque<>();
    private final Deque<Duration> pauses = new ArrayDeque<>();
    private Runnable lockLost = () -> {};
    private long nanos;
    /** The lead of the wall clock over the monotonic clock, as after a machine was suspended. */
    private Duration asleep = Duration.ZERO;

    /** The duration of renewals; null: until the test completes them. */
    private @Nullable Duration renewalDuration;

    private final Membership membership = new FakeMembership() {
        @Override
        public CompletableFuture<Renewal> renew() {
            if (renewalDuration != null) {
                nanos += renewalDuration.toNanos();
                return CompletableFuture.completedFuture(new Renewal(true, Instant.EPOCH));
            }
            renewals.add(new CompletableFuture<>());
            return renewals.getLast();
        }

        @Override
        public void whenLockLost(Runnable reported) {
            lockLost = reported;
        }
    };

    private final LeaseKeeper lease = keeper(new FirstRenewal(0, 0, Instant.EPOCH));

    private LeaseKeeper keeper(FirstRenewal first) {
        EngineEnvironment environment = new EngineEnvironment(
                () -> Instant.EPOCH,
                () -> nanos,
                () -> nanos / 1_000_000 + asleep.toMillis(),
                (delay, task) -> {
                    pauses.add(delay);
                    alarms.add(task);
                    return () -> alarms.remove(task);
                },
                () -> 0,
                Metrics.none());
        DatabaseClock clock = new DatabaseClock(() -> nanos, new FirstRenewal(0, 0, Instant.EPOCH));
        LeaseKeeper made = new LeaseKeeper(membership, environment, LENGTH, clock, first, () -> {});
        made.start();
        return made;
    }

    private void answer() {
        renewals.remove().complete(new Membership.Renewal(true, Instant.EPOCH));
    }

    @Test
    void the_lease_is_counted_from_before_a_slow_first_renewal_is_sent() {
        renewalDuration = Duration.ofSeconds(4);
        LeaseKeeper slow = keeper(FirstRenewal.of(membership, () -> nanos, () -> nanos / 1_000_000));
        assertThat(slow.isHeld()).isTrue();
        assertThat(pauses.getLast()).isZero();

        nanos = LENGTH.toNanos() - 1;
        assertThat(slow.isHeld()).isTrue();
        nanos = LENGTH.toNanos();
        assertThat(slow.isHeld()).isFalse();
    }

    @Test
    void the_lease_is_counted_from_before_a_renewal_is_sent() {
        alarms.remove().run();
        nanos = Duration.ofSeconds(4).toNanos();
        answer();

        nanos = LENGTH.toNanos() - 1;
        assertThat(lease.isHeld()).isTrue();
        nanos = LENGTH.toNanos();
        assertThat(lease.isHeld()).isFalse();
    }

    @Test
    void a_suspended_machine_loses_its_lease_although_its_monotonic_clock_stopped() {
        asleep = LENGTH.minusMillis(1);
        assertThat(lease.isHeld()).isTrue();
        asleep = LENGTH;
        assertThat(lease.isHeld()).isFalse();
    }

    @Test
    void a_wall_clock_that_was_set_back_does_not_extend_the_lease() {
        asleep = Duration.ofHours(-1);
        nanos = LENGTH.toNanos() - 1;
        assertThat(lease.isHeld()).isTrue();
        nanos = LENGTH.toNanos();
        assertThat(lease.isHeld()).isFalse();
    }

    @Test
    void a_lost_lock_ends_the_lease_until_a_renewal_succeeds() {
        assertThat(lease.isHeld()).isTrue();
        lockLost.run();
        assertThat(lease.isHeld()).isFalse();
        assertThat(alarms).hasSize(1);
        alarms.remove().run();
        assertThat(lease.isHeld()).isFalse();
        answer();
        assertThat(lease.isHeld()).isTrue();
        assertThat(alarms).hasSize(1);
    }

    @Test
    void a_renewal_in_flight_at_the_loss_of_the_lock_does_not_restore_the_lease() {
        alarms.remove().run();
        lockLost.run();
        answer();
        assertThat(lease.isHeld()).isFalse();
        alarms.remove().run();
        answer();
        assertThat(lease.isHeld()).isTrue();
    }

    @Test
    void a_failed_renewal_does_not_restore_the_lease() {
        lockLost.run();
        alarms.remove().run();
        renewals.remove().completeExceptionally(new IllegalStateException("still held"));
        assertThat(lease.isHeld()).isFalse();
        assertThat(alarms).hasSize(1);
    }

    @Test
    void renewals_are_scheduled_apart_from_other_tasks() {
        List<Duration> apart = new ArrayList<>();
        EngineEnvironment.Timers timers = new EngineEnvironment.Timers() {
            @Override
            public EngineEnvironment.Alarm schedule(Duration delay, Runnable task) {
                throw new IllegalStateException("this one is busy with something else");
            }

            @Override
            public EngineEnvironment.Alarm scheduleApart(Duration delay, Runnable task) {
                apart.add(delay);
                return () -> {};
            }
        };
        EngineEnvironment environment =
                new EngineEnvironment(() -> Instant.EPOCH, () -> nanos, () -> 0, timers, () -> 0, Metrics.none());
        DatabaseClock clock = new DatabaseClock(() -> nanos, new FirstRenewal(0, 0, Instant.EPOCH));
        new LeaseKeeper(membership, environment, LENGTH, clock, new FirstRenewal(0, 0, Instant.EPOCH), () -> {})
                .start();

        assertThat(apart).containsExactly(LENGTH.dividedBy(3));
    }
}

package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.Callbacks;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.Lease;
import dev.entente.server.store.Membership;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The lease of an incarnation: renews it every third of its length, and knows whether it is held.
 *
 * <p>The lease counts from before the renewal was sent, by the larger of the monotonic and the wall clock's elapsed
 * time: the monotonic clock stops while a machine is suspended. A refused renewal means that another coordinator has
 * declared this incarnation dead.
 *
 * <p>The loss of the session lock ends the lease at once: a process of the same name may assume that this process is
 * gone. The lease is held again after a renewal that began after the loss and was answered. Such a renewal first takes
 * the lock.
 */
final class LeaseKeeper implements Lease {
    private final Membership membership;
    private final EngineEnvironment environment;
    private final Duration length;
    private final DatabaseClock clock;
    private final Runnable onLost;
    private volatile Mark renewedAt;
    private volatile boolean isOver;
    private volatile int losses;
    private volatile int lossesRepaired;
    private boolean isRenewing;
    private EngineEnvironment.@Nullable Alarm next;

    private record Mark(long nanos, long wallMillis) {}

    /**
     * @param clock set at each renewal
     * @param first the renewal of the registration: the lease counts from before it was sent
     * @param onLost called once when the lease is lost for good
     */
    LeaseKeeper(
            Membership membership,
            EngineEnvironment environment,
            Duration length,
            DatabaseClock clock,
            FirstRenewal first,
            Runnable onLost) {
        this.membership = membership;
        this.environment = environment;
        this.length = length;
        this.clock = clock;
        this.onLost = onLost;
        this.renewedAt = new Mark(first.sentNanos(), first.sentWallMillis());
    }

    @Override
    public boolean isHeld() {
        return !isOver && losses == lossesRepaired && elapsed(renewedAt).compareTo(length) < 0;
    }

    private Duration elapsed(Mark since) {
        long byMonotonic = environment.nanos().getAsLong() - since.nanos;
        long byWall = (environment.wallMillis().getAsLong() - since.wallMillis) * 1_000_000;
        return Duration.ofNanos(Math.max(byMonotonic, byWall));
    }

    /** Schedules the second renewal. The longer the first renewal took, the earlier the second one starts. */
    void start() {
        membership.whenLockLost(this::lockLost);
        Duration left = length.dividedBy(3).minus(elapsed(renewedAt));
        again(left.isNegative() ? Duration.ZERO : left);
    }

    private synchronized void again(Duration pause) {
        next = environment.timers().scheduleApart(pause, this::renew);
    }

    private synchronized void lockLost() {
        losses++;
        if (!isRenewing && !isOver) {
            if (next != null) {
                next.cancel();
            }
            again(Duration.ZERO);
        }
    }

    /** Stops renewals and gives up the lease. */
    void end() {
        isOver = true;
    }

    private Mark mark() {
        return new Mark(
                environment.nanos().getAsLong(), environment.wallMillis().getAsLong());
    }

    private void renew() {
        int known = begin();
        if (known < 0) {
            return;
        }
        Mark before = mark();
        Callbacks.when(Callbacks.of(membership::renew), (renewal, failure) -> {
            try {
                if (failure == null) {
                    answered(renewal, before, known);
                }
            } finally {
                finish(failure != null); // in any case: a renewal that never ends would be the last one
            }
        });
    }

    private void answered(Membership.Renewal renewal, Mark before, int known) {
        if (renewal.isAlive()) {
            renewedAt = before;
            lossesRepaired = known;
            clock.set(renewal.databaseNow(), before.nanos);
        } else {
            lose();
        }
    }

    /** Returns the number of lock losses before this renewal; negative if no renewal may start. */
    private synchronized int begin() {
        if (isOver || isRenewing) {
            return -1;
        }
        isRenewing = true;
        return losses;
    }

    /**
     * Schedules the next renewal. After a failure the pause is short: the lease may still be saved. Without the lock no
     * call starts, so the pause is shorter still.
     */
    private synchronized void finish(boolean hasFailed) {
        isRenewing = false;
        if (!isOver) {
            again(length.dividedBy(losses != lossesRepaired ? 40 : hasFailed ? 10 : 3));
        }
    }

    private void lose() {
        if (!isOver) {
            isOver = true;
            onLost.run();
        }
    }
}

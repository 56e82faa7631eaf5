package dev.entente.server.engine;

import dev.entente.server.store.Membership;
import java.time.Duration;

/**
 * Renews an incarnation's lease every third of its length, and knows whether it is held.
 *
 * <p>The lease counts from before the renewal was sent, by the larger of the monotonic and the wall clock's elapsed time: the monotonic
 * clock stands still while a machine is suspended. A refused renewal means that another has declared this incarnation dead.
 */
final class LeaseKeeper implements Lease {
    private final Membership membership;
    private final World world;
    private final Duration length;
    private final DatabaseClock clock;
    private final Runnable onLost;
    private volatile Mark renewedAt;
    private volatile boolean isOver;

    private record Mark(long nanos, long wallMillis) {}

    /**
     * Counts from now: create it right before the incarnation is registered.
     *
     * @param clock set at each renewal
     * @param onLost told once when the lease is lost for good
     */
    LeaseKeeper(Membership membership, World world, Duration length, DatabaseClock clock, Runnable onLost) {
        this.membership = membership;
        this.world = world;
        this.length = length;
        this.clock = clock;
        this.onLost = onLost;
        this.renewedAt = mark();
    }

    @Override
    public boolean isHeld() {
        Mark since = renewedAt;
        long byMonotonic = world.nanos().getAsLong() - since.nanos;
        long byWall = (world.wallMillis().getAsLong() - since.wallMillis) * 1_000_000;
        return !isOver && Math.max(byMonotonic, byWall) < length.toNanos();
    }

    void start() {
        world.timers().schedule(length.dividedBy(3), this::renew);
    }

    /** No more renewals; not held any more. */
    void end() {
        isOver = true;
    }

    private Mark mark() {
        return new Mark(world.nanos().getAsLong(), world.wallMillis().getAsLong());
    }

    private void renew() {
        if (isOver) {
            return;
        }
        Mark before = mark();
        Callbacks.when(membership.renew(), (renewal, failure) -> {
            if (failure == null && !renewal.isAlive()) {
                lose();
            } else if (failure == null) {
                renewedAt = before;
                clock.set(renewal.databaseNow(), before.nanos);
            }
            if (!isOver) {
                // a failed renewal is tried again soon: the lease may still be saved
                world.timers().schedule(length.dividedBy(failure == null ? 3 : 10), this::renew);
            }
        });
    }

    private void lose() {
        if (!isOver) {
            isOver = true;
            onLost.run();
        }
    }
}

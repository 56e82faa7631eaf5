package dev.entente.server.engine.incarnation;

import dev.entente.server.store.Membership;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The renewal with which an incarnation's lease begins. Others count from its beat, so the lease counts from before it
 * was sent, however long its answer took.
 *
 * @param sentNanos the monotonic clock right before it was sent
 * @param sentWallMillis the wall clock then
 * @param answeredNanos the monotonic clock right after its answer
 * @param databaseNow the database's clock, as it was answered
 */
public record FirstRenewal(long sentNanos, long sentWallMillis, long answeredNanos, Instant databaseNow) {
    /** One that was answered at once. */
    public FirstRenewal(long sentNanos, long sentWallMillis, Instant databaseNow) {
        this(sentNanos, sentWallMillis, sentNanos, databaseNow);
    }

    /**
     * Renews. Blocks until that is answered.
     *
     * @param nanos the monotonic clock of the incarnation's {@code World}
     * @param wallMillis its wall clock
     * @throws java.util.concurrent.CompletionException where the renewal fails
     */
    public static FirstRenewal of(Membership me, LongSupplier nanos, LongSupplier wallMillis) {
        long sentNanos = nanos.getAsLong();
        long sentWallMillis = wallMillis.getAsLong();
        Instant databaseNow = me.renew().join().databaseNow();
        return new FirstRenewal(sentNanos, sentWallMillis, nanos.getAsLong(), databaseNow);
    }
}

package dev.entente.server.engine.incarnation;

import dev.entente.server.store.Membership;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The renewal with which an incarnation's lease begins. Other coordinators count the lease from its beat. Therefore
 * this incarnation counts the lease from before the renewal was sent, regardless of the time until the answer.
 *
 * @param sentNanos the monotonic clock right before the renewal was sent
 * @param sentWallMillis the wall clock at that time
 * @param answeredNanos the monotonic clock right after the answer
 * @param databaseNow the database's clock in the answer
 */
public record FirstRenewal(long sentNanos, long sentWallMillis, long answeredNanos, Instant databaseNow) {
    /** Creates a renewal that was answered at once. */
    public FirstRenewal(long sentNanos, long sentWallMillis, Instant databaseNow) {
        this(sentNanos, sentWallMillis, sentNanos, databaseNow);
    }

    /**
     * Renews. Blocks until the answer.
     *
     * @param nanos the monotonic clock of the incarnation's {@code EngineEnvironment}
     * @param wallMillis the wall clock of the {@code EngineEnvironment}
     * @throws java.util.concurrent.CompletionException if the renewal fails
     */
    public static FirstRenewal of(Membership me, LongSupplier nanos, LongSupplier wallMillis) {
        long sentNanos = nanos.getAsLong();
        long sentWallMillis = wallMillis.getAsLong();
        Instant databaseNow = me.renew().join().databaseNow();
        return new FirstRenewal(sentNanos, sentWallMillis, nanos.getAsLong(), databaseNow);
    }
}

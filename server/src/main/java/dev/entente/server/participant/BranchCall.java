package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.telemetry.TraceContext;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One call of one operation.
 *
 * @param op as participants see it: action, compensate, try, confirm, cancel
 * @param attempt from 1
 * @param fence grows with each takeover of the transaction, from {@link dev.entente.core.transaction.Fence#BASE}
 * @param createdAt of the transaction
 * @param timeout of the attempt, from when it leaves
 * @param permit asked right before the call leaves, and now and then while it waits
 * @param callersTrace the {@code traceparent} of whoever submitted the transaction, or null
 * @param submitter the principal that submitted the transaction, or null where nobody had to say who they are
 * @param join proves to a coordinator that this branch was called, or null: see {@link JoinTokens}
 */
public record BranchCall(
        String gid,
        String branch,
        String op,
        int attempt,
        long fence,
        Pattern pattern,
        Instant createdAt,
        Target target,
        ByteString request,
        Duration timeout,
        Permit permit,
        @Nullable String callersTrace,
        @Nullable String submitter,
        @Nullable String join) {

    /** Tells whether the call is still wanted, and what time it is. Quick, and asked on any thread. */
    @FunctionalInterface
    public interface Permit {
        /** Tells whether its incarnation holds the lease, and its transaction still wants it. */
        boolean mayLeave();

        /** Tells whether it may go on waiting for its turn or for a connection; if not, it is answered as not sent. */
        default boolean mayWait() {
            return true;
        }

        /** Returns the time that is signed with the call: the database's, where whoever permits it knows that. */
        default Instant now() {
            return Instant.now();
        }

        /**
         * Told when a call begins to wait for a connection, and when it waits no more; not told of one that leaves at
         * once.
         *
         * @param why null: it waits no more
         * @param makesConnection whether it makes a connection of its own, from which no act calls it back
         */
        default void waits(@Nullable String why, boolean makesConnection) {}
    }

    /** Outside of any caller's trace, of nobody, and without a token. */
    public BranchCall(
            String gid,
            String branch,
            String op,
            int attempt,
            long fence,
            Pattern pattern,
            Instant createdAt,
            Target target,
            ByteString request,
            Duration timeout,
            Permit permit) {
        this(gid, branch, op, attempt, fence, pattern, createdAt, target, request, timeout, permit, null, null, null);
    }

    /**
     * The trace that it belongs to. The caller's goes on unchanged, as W3C Trace Context wants it of whoever records no
     * span itself; without one, that of the gid.
     */
    String traceparent() {
        return callersTrace == null
                ? TraceContext.ofCall(gid, branch, op, attempt).traceparent()
                : callersTrace;
    }
}

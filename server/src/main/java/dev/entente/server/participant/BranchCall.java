package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.telemetry.Traces;
import dev.entente.wire.TraceParent;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One call of one operation.
 *
 * @param op the name that participants see: action, compensate, try, confirm, cancel
 * @param attempt from 1
 * @param fence the number that grows with each takeover of the transaction, from {@link
 *     dev.entente.core.transaction.Fence#BASE}
 * @param createdAt of the transaction
 * @param timeout the time limit of the attempt, from the moment at which the call leaves
 * @param permit checked right before the call leaves, and repeatedly while the call waits
 * @param callersTrace the {@code traceparent} of the submitter, or null
 * @param trace records the spans of the call, or null; its header replaces the caller's trace
 * @param submitter the principal that submitted the transaction, or null if authentication was not required
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
        Traces.@Nullable Call trace,
        @Nullable String submitter,
        @Nullable String join) {

    /** Returns whether the call is still needed, and the current time. The methods are quick and run on any thread. */
    @FunctionalInterface
    public interface Permit {
        /** Returns whether the coordinator's incarnation holds the lease and the transaction still needs the call. */
        boolean mayLeave();

        /** Returns whether the call may continue to wait. If not, its outcome is NotSent. */
        default boolean mayWait() {
            return true;
        }

        /** Returns the time that is signed with the call: the database's time if the permit knows this time. */
        default Instant now() {
            return Instant.now();
        }

        /**
         * Reports that a call starts or stops waiting for a connection. There is no report for a call that leaves at
         * once.
         *
         * @param why the reason for the wait; null if the wait has ended
         * @param makesConnection whether the call opens its own connection; then no operator action can cancel the wait
         */
        default void waits(@Nullable String why, boolean makesConnection) {}
    }

    /** Creates a call without a trace, a submitter and a join token. */
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
        this(
                gid, branch, op, attempt, fence, pattern, createdAt, target, request, timeout, permit, null, null, null,
                null);
    }

    /**
     * Returns the trace of the call. A call without recorded spans has the caller's unchanged trace (W3C Trace Context),
     * or a trace that is derived from the gid.
     */
    String traceparent() {
        if (trace != null) {
            return trace.header();
        }
        return callersTrace == null
                ? TraceParent.ofCall(gid, branch, op, attempt).header()
                : callersTrace;
    }
}

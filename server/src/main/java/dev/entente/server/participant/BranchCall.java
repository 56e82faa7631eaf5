package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.telemetry.TraceContext;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of one operation.
 *
 * @param op as participants see it: action, compensate, try, confirm, cancel
 * @param attempt from 1
 * @param fence grows with each takeover of the transaction
 * @param createdAt of the transaction
 * @param timeout of this call, the lease's remainder already considered
 * @param mayLeave whether its incarnation holds the lease; asked right before the call leaves, so it must be quick
 * @param callersTrace the {@code traceparent} of whoever submitted the transaction, or null
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
        BooleanSupplier mayLeave,
        @Nullable String callersTrace) {

    /** Outside of any caller's trace. */
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
            BooleanSupplier mayLeave) {
        this(gid, branch, op, attempt, fence, pattern, createdAt, target, request, timeout, mayLeave, null);
    }

    /**
     * The trace that it belongs to. The caller's goes on unchanged, as W3C Trace Context wants it of whoever records no span itself; without
     * one, that of the gid.
     */
    String traceparent() {
        return callersTrace == null
                ? TraceContext.ofCall(gid, branch, op, attempt).traceparent()
                : callersTrace;
    }
}

package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Plan;
import dev.entente.server.store.AuditRecord;
import org.jspecify.annotations.Nullable;

/**
 * A checked plan to be accepted.
 *
 * @param encodedPlan as it is stored
 * @param digest 16 bytes over what the client sent
 * @param begins whether the client decides later (BEGUN) instead of the coordinator at once
 * @param traceparent of the request that brought it, or null: the calls belong to that trace for as long as the
 *     transaction stays in memory
 * @param audit of the act that makes it, or null: written if the transaction is, in the same commit
 */
public record Submission(
        String gid,
        Plan plan,
        ByteString encodedPlan,
        ByteString digest,
        boolean begins,
        @Nullable String traceparent,
        @Nullable AuditRecord audit) {

    /** Outside of any trace, by nobody's act. */
    public Submission(String gid, Plan plan, ByteString encodedPlan, ByteString digest, boolean begins) {
        this(gid, plan, encodedPlan, digest, begins, null, null);
    }
}

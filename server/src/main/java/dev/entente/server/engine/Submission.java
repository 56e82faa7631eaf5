package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Plan;
import dev.entente.server.store.AuditRecord;
import org.jspecify.annotations.Nullable;

/**
 * A checked plan to accept.
 *
 * @param encodedPlan the stored form of the plan
 * @param digest 16 bytes over the content from the client
 * @param begins whether the client decides later (BEGUN) instead of the coordinator at once
 * @param audit the entry of the submitting action, or null; written in the same commit as a new transaction
 */
public record Submission(
        String gid,
        Plan plan,
        ByteString encodedPlan,
        ByteString digest,
        boolean begins,
        @Nullable AuditRecord audit) {

    /** Creates a submission without an audit entry. */
    public Submission(String gid, Plan plan, ByteString encodedPlan, ByteString digest, boolean begins) {
        this(gid, plan, encodedPlan, digest, begins, null);
    }
}

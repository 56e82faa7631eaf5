package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A transaction to accept.
 *
 * @param dueIn null if this incarnation owns the transaction and works on it at once. Otherwise the time for which the
 *     row has no owner, until the start, the deadline or the first check-back; zero if memory is short
 * @param deadlineIn the time from acceptance, or null for none
 * @param format the format of plan and progress
 * @param requestDigest 16 bytes
 * @param topics the topics with subscriptions to append to the plan, in the same commit
 * @param queues the delivery queues that the deliveries join, in the same commit
 * @param audit written in the same commit as a new row, or null
 */
public record NewTransaction(
        String gid,
        Pattern pattern,
        TransactionState state,
        String name,
        Map<String, String> labels,
        @Nullable Duration dueIn,
        @Nullable Duration deadlineIn,
        int format,
        ByteString requestDigest,
        ByteString plan,
        List<String> topics,
        List<Queue> queues,
        @Nullable AuditRecord audit) {

    /**
     * The delivery queue of one delivery.
     *
     * @param delivery {@code delivery-1}
     * @param name shared by all deliveries that must follow each other
     */
    public record Queue(String delivery, String name) {}
}

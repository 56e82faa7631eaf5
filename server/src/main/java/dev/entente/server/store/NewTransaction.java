package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A transaction to be accepted.
 *
 * @param dueIn null: this incarnation owns it and works on it at once; else nobody owns it and it is due then (delayed
 *     start, the timeout of a BEGUN one, or zero where memory is short)
 * @param deadlineIn from acceptance, or null for none
 * @param format how plan and progress are written
 * @param requestDigest 32 bytes
 * @param topics whose subscriptions are to be appended to the plan, in the same commit
 * @param lanes in which its deliveries queue up, in the same commit
 * @param audit written in the same commit if the row is, or null
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
        List<Lane> lanes,
        @Nullable AuditRecord audit) {

    /**
     * In which order one of its deliveries stands.
     *
     * @param delivery {@code delivery-1}
     * @param name of all that must follow each other
     */
    public record Lane(String delivery, String name) {}
}

package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A transaction to be accepted.
 *
 * @param dueIn null: this incarnation owns it and works on it at once; else nobody owns it and it is due then (delayed start, the timeout of a
 *     BEGUN one, or zero where memory is short)
 * @param deadlineIn from acceptance, or null for none
 * @param format how plan and progress are written
 * @param requestDigest 32 bytes
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
        @Nullable AuditRecord audit) {

    /** By nobody's act. */
    public NewTransaction(
            String gid,
            Pattern pattern,
            TransactionState state,
            String name,
            Map<String, String> labels,
            @Nullable Duration dueIn,
            @Nullable Duration deadlineIn,
            int format,
            ByteString requestDigest,
            ByteString plan) {
        this(gid, pattern, state, name, labels, dueIn, deadlineIn, format, requestDigest, plan, null);
    }
}

package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * One call of one operation.
 *
 * @param op as participants see it: action, compensate, try, confirm, cancel
 * @param attempt from 1
 * @param fence grows with each takeover of the transaction
 * @param createdAt of the transaction
 * @param timeout of this call, the lease's remainder already considered
 * @param mayLeave whether its incarnation holds the lease; asked right before the call leaves, so it must be quick
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
        BooleanSupplier mayLeave) {}

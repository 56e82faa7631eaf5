package dev.entente.simulation;

import dev.entente.core.transaction.TransactionState;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers that the client of one transaction got, and those who answer its approvals. */
final class Promise {
    boolean isAccepted;
    boolean isRefused;
    boolean isForced;

    @Nullable
    TransactionState end;

    @Nullable
    TransactionState decided;

    final Map<String, Boolean> approvals = new HashMap<>();
}

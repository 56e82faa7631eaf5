package dev.entente.lab.sim;

import dev.entente.server.transaction.TransactionState;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the client of one transaction, and whoever answers its approvals, was told. */
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

package org.springframework.transaction.support;

/** Stands for Spring's class of that name, of which the SDK asks one question where it is there. */
public final class TransactionSynchronizationManager {
    private static final ThreadLocal<Boolean> ACTIVE = ThreadLocal.withInitial(() -> false);

    private TransactionSynchronizationManager() {}

    public static boolean isActualTransactionActive() {
        return ACTIVE.get();
    }

    public static void setActualTransactionActive(boolean active) {
        ACTIVE.set(active);
    }
}

package org.springframework.transaction.support;

/** A substitute for Spring's class of this name. The SDK calls one of its methods if the class is present. */
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

package dev.entente.spring;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Has sessions write down what they hold back until the commit, as JPA's does. */
final class Flush {
    private Flush() {}

    /** Does it now, so that a failure comes before the answer, and is seen on the connection. */
    static void now() {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.getSynchronizations().forEach(TransactionSynchronization::flush);
        }
    }
}

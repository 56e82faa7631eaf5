package dev.entente.spring;

import java.util.HashSet;
import java.util.Set;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Has a transaction end in a rollback because a body failed in it, also where its caller catches that and goes on. What
 * a savepoint takes back in the database, a session such as JPA's still holds and would write, and what it had written
 * before it would not write again. A nested transaction that is rolled back takes the failure with it.
 */
final class FailedBody implements TransactionSynchronization {
    private final String what;
    private final Throwable failure;
    /** Savepoints that were set later: a return to them takes nothing of the body back. */
    private final Set<Object> later = new HashSet<>();

    private boolean isTakenBack;

    private FailedBody(String what, Throwable failure) {
        this.what = what;
        this.failure = failure;
    }

    static void refuseCommit(String what, Throwable failure) {
        TransactionSynchronizationManager.registerSynchronization(new FailedBody(what, failure));
    }

    @Override
    public void savepoint(Object savepoint) {
        later.add(savepoint);
    }

    @Override
    public void savepointRollback(Object savepoint) {
        isTakenBack |= !later.contains(savepoint);
    }

    /** It is no TransactionException: Spring takes such a one for a commit's, and rolls nothing back. */
    @Override
    public void beforeCommit(boolean readOnly) {
        if (!isTakenBack) {
            throw new IllegalStateException(
                    "the transaction is rolled back, for " + what + " failed in it, and its caller went on", failure);
        }
    }
}

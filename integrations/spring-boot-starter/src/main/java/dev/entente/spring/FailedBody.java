package dev.entente.spring;

import java.util.HashSet;
import java.util.Set;

/**
 * A body that failed in a transaction, which therefore ends in a rollback, also where its caller catches the failure
 * and goes on. What a savepoint takes back in the database, a session such as JPA's still holds and would write, and
 * what it had written before it would not write again. A nested transaction that is rolled back takes the failure with
 * it.
 */
final class FailedBody {
    private final String what;
    private final Throwable failure;
    /** Savepoints that were set later: a return to them takes nothing of the body back. */
    private final Set<Object> later = new HashSet<>();

    FailedBody(String what, Throwable failure) {
        this.what = what;
        this.failure = failure;
    }

    void savepoint(Object savepoint) {
        later.add(savepoint);
    }

    boolean isTakenBackTo(Object savepoint) {
        return !later.contains(savepoint);
    }

    /**
     * Returns the exception that refuses the commit. It is no TransactionException: Spring attributes such an exception
     * to the commit, and rolls nothing back.
     */
    IllegalStateException refusal() {
        return new IllegalStateException(
                "the transaction is rolled back, for " + what + " failed in it, and its caller went on", failure);
    }
}

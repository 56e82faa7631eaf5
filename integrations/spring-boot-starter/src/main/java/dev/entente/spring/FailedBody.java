package dev.entente.spring;

import java.util.HashSet;
import java.util.Set;

/**
 * A body that failed in a transaction. The transaction ends in a rollback, also if the caller of the body catches the
 * failure. A rollback to a savepoint restores only the database. A session such as JPA's keeps the body's changes and
 * would write them later. Changes that the session has already written would be lost, because the session does not
 * write them again. The rollback of a nested transaction also removes this failure.
 */
final class FailedBody {
    private final String what;
    private final Throwable failure;
    /** Savepoints that were set later. A rollback to one of them does not roll the body back. */
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
     * Returns the exception that refuses the commit. The exception is not a TransactionException: Spring would assume
     * that such an exception comes from the commit, and would not roll back.
     */
    IllegalStateException refusal() {
        return new IllegalStateException(
                "the transaction is rolled back, because " + what + " failed in it, and the caller continued", failure);
    }
}

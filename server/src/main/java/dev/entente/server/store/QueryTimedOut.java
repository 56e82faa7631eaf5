package dev.entente.server.store;

/** The failure of a query that takes too long, while the database answers. */
public final class QueryTimedOut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param seconds the limit for one statement of the query */
    QueryTimedOut(int seconds, Throwable cause) {
        super("the search took longer than " + seconds + " s", cause, false, false);
    }
}

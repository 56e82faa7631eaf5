package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Failures of a database that the SDK expects, by the codes of PostgreSQL, MariaDB and MySQL. */
@SuppressWarnings("ImmutableEnumChecker") // Set.of is immutable.
public enum SqlCondition {
    /** This transaction waited for a lock longer than its limit. */
    LOCK_TIMEOUT(Set.of("55P03"), Set.of(1205, 3572)),
    /** The database rolled back this transaction because of a conflict with another one. */
    TRANSACTION_CONFLICT(Set.of("40001", "40P01"), Set.of(1213, 1020)),
    /** The database accepts no writes now: it is read-only, or its disk is full. */
    NO_WRITES(Set.of("25006", "53100"), Set.of(1021, 1030, 1114, 1290, 1792, 1836)),
    MISSING_TABLE(Set.of("42P01"), Set.of(1146)),
    /** A table exists, but lacks the columns or the key that a statement needs. */
    OTHER_TABLE(Set.of("42703", "42P10"), Set.of(1054)),
    DUPLICATE_KEY(Set.of("23505"), Set.of(1062)),
    /** A savepoint does not exist, because its transaction has ended. */
    TRANSACTION_ENDED(Set.of("3B001", "25P01"), Set.of(1305));

    private static final String IN_FAILED_SQL_TRANSACTION = "25P02";

    private static final String READ_ONLY = "the connection is read-only, but Entente writes to its tables; remove the"
            + " setting read-only from the pool or the JDBC URL";

    private static final String FILTERED =
            "the filter 'wall' of the Druid pool refuses the statements on Entente's tables (savepoints, several in one"
                    + " round trip), and no setting of the filter permits the statements; remove 'wall' from the"
                    + " filters of the pool";

    private final Set<String> states;
    private final Set<Integer> codes;

    SqlCondition(Set<String> states, Set<Integer> codes) {
        this.states = states;
        this.codes = codes;
    }

    /**
     * Returns the explanation of a failure that the application's configuration of its connections causes, and what to
     * change. Returns null for any other failure, also for a write on a standby, because the standby may be promoted.
     */
    public static @Nullable String wrongConnection(Connection connection, SQLException failure) {
        if (isFiltered(failure)) {
            return FILTERED;
        }
        try {
            return NO_WRITES.matchesFailure(failure) && connection.isReadOnly() ? READ_ONLY : null;
        } catch (SQLException closed) {
            return null;
        }
    }

    /** Returns what to change after a failure: the pool if its filter refused the statement, else {@code otherwise}. */
    public static String remedy(SQLException failure, String otherwise) {
        return isFiltered(failure) ? FILTERED : otherwise;
    }

    /** Recognizes Druid's exception by its text (it has no state and no code), which ends with the statement. */
    private static boolean isFiltered(SQLException failure) {
        String text = String.valueOf(failure.getMessage());
        return text.startsWith("sql injection violation") && text.contains("entente");
    }

    /**
     * Explains the failure of a statement after a body. If a body ignores a failed statement, PostgreSQL can only roll
     * back; COMMIT then rolls back without an error. Therefore the caller of a body runs its own statement after the
     * body. After an ignored failure this statement fails.
     */
    public static SQLException explained(SQLException failure) {
        return IN_FAILED_SQL_TRANSACTION.equals(failure.getSQLState())
                ? new SQLException(
                        "a statement of the body failed and the body continued, so PostgreSQL discards this"
                                + " transaction; let the exception propagate, set a savepoint before a statement that"
                                + " may fail, or use ON CONFLICT DO NOTHING",
                        IN_FAILED_SQL_TRANSACTION,
                        failure)
                : failure;
    }

    /** Returns whether a failure is of this kind. */
    public boolean matchesFailure(SQLException failure) {
        return states.contains(String.valueOf(failure.getSQLState())) || codes.contains(failure.getErrorCode());
    }
}

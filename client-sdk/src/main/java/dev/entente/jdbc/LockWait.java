package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A limit on MariaDB's waits for rows that others have locked. The session's own limit is put aside, and back at the
 * end, so that the SDK's waits do not become those of a body.
 */
public final class LockWait {
    private static final String LIMIT =
            "set @entente_lock_wait = @@session.innodb_lock_wait_timeout," + " session innodb_lock_wait_timeout = ?";
    private static final String AS_BEFORE = "set session innodb_lock_wait_timeout = @entente_lock_wait";

    private LockWait() {}

    /** Runs work whose waits are limited; the database counts whole seconds, so the limit is rounded up. */
    public static <T> T atMost(Connection connection, Duration longest, OwnTransaction.Work<T> work)
            throws SQLException {
        try (PreparedStatement limit = connection.prepareStatement(LIMIT)) {
            limit.setLong(1, Math.max(1, longest.plusMillis(999).toSeconds()));
            limit.execute();
        }
        T result;
        try {
            result = work.run();
        } catch (SQLException | RuntimeException failure) {
            putBackAfter(connection, failure);
            throw failure;
        }
        putBack(connection);
        return result;
    }

    private static void putBackAfter(Connection connection, Exception failure) {
        try {
            putBack(connection);
        } catch (SQLException broken) {
            failure.addSuppressed(broken);
        }
    }

    private static void putBack(Connection connection) throws SQLException {
        try (Statement set = connection.createStatement()) {
            set.execute(AS_BEFORE);
        }
    }
}

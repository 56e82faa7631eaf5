package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * A limit on MariaDB's waits for rows that others have locked. The session's own limit is put aside, and back at the
 * end, so that the SDK's waits do not become those of a body.
 */
public final class LockWait {
    private static final String LIMIT =
            "set @entente_lock_wait = @@session.innodb_lock_wait_timeout," + " session innodb_lock_wait_timeout = ";
    private static final String AS_BEFORE = "set session innodb_lock_wait_timeout = @entente_lock_wait";

    private LockWait() {}

    private interface PutBack extends AutoCloseable {
        @Override
        void close() throws SQLException;
    }

    /** Runs work whose waits are limited; the database counts whole seconds, so the limit is rounded up. */
    @SuppressWarnings("try") // what is put back is asked for nothing
    public static <T> T atMost(Connection connection, Duration longest, OwnTransaction.Work<T> work)
            throws SQLException {
        Sql sql = new Sql(connection, Dialect.MARIADB);
        sql.execute(LIMIT + Math.max(1, longest.plusMillis(999).toSeconds()));
        try (PutBack before = () -> sql.execute(AS_BEFORE)) {
            return work.run();
        }
    }
}

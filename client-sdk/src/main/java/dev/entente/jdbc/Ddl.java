package dev.entente.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import javax.sql.DataSource;

/** The statements that create a table of the SDK. Applications may also put these statements into their migrations. */
public final class Ddl {
    /** The key of the advisory lock: "entente" in ASCII, a number that other programs are unlikely to use. */
    private static final long CREATE_LOCK = 0x656e74656e7465L;

    private static final String END_OF_STATEMENT = ";\\R";

    private Ddl() {}

    /**
     * Reads the statements from the jar.
     *
     * @param resource a file in the package of {@code beside}
     */
    public static String of(Class<?> beside, String resource) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException("cannot read " + resource + " from the jar", broken);
        }
    }

    /** Returns the failure of a statement whose table is missing, with the definition of that table in its message. */
    public static SQLException withDefinition(SQLException failure, String ddl) {
        SQLException reported = new SQLException(
                failure.getMessage() + "; run:\n" + ddl, failure.getSQLState(), failure.getErrorCode());
        reported.addSuppressed(failure); // servers log the cause only, so the failure must not be the cause
        return reported;
    }

    /** Runs the statements. Several processes may run them concurrently. Blocks. */
    public static void run(DataSource dataSource, String ddl) throws SQLException {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            OwnTransaction.on(connection, () -> {
                if (Dialect.of(connection) == Dialect.MARIADB) {
                    return runEach(connection, ddl);
                }
                // concurrent "create … if not exists" in two sessions can still fail on a catalog's unique key
                try (PreparedStatement lock = connection.prepareStatement("select pg_advisory_xact_lock(?)");
                        Statement create = connection.createStatement()) {
                    lock.setLong(1, CREATE_LOCK);
                    lock.execute();
                    return create.execute(ddl);
                }
            });
        }
    }

    /** Runs each statement by itself, as MariaDB requires. A concurrent session waits until the table exists. */
    private static boolean runEach(Connection connection, String ddl) throws SQLException {
        try (Statement create = connection.createStatement()) {
            for (String statement : ddl.split(END_OF_STATEMENT, -1)) {
                if (!statement.isBlank()) {
                    create.execute(statement);
                }
            }
        }
        return true;
    }
}

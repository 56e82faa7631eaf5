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

/** The statements that create a table of the SDK's, which its users may also put into their own migrations. */
public final class Ddl {
    /** Any number will do that others are unlikely to use: "entente" in ASCII. */
    private static final long CREATE_LOCK = 0x656e74656e7465L;

    private static final String END_OF_STATEMENT = ";\\R";

    private Ddl() {}

    /**
     * Reads them from the jar.
     *
     * @param resource a file beside that class
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
        SQLException told = new SQLException(
                failure.getMessage() + "; run:\n" + ddl, failure.getSQLState(), failure.getErrorCode());
        told.addSuppressed(failure); // as a cause it would be what servers log alone
        return told;
    }

    /** Runs them. Several processes may do this at once. Blocks. */
    public static void run(DataSource dataSource, String ddl) throws SQLException {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            OwnTransaction.on(connection, () -> {
                if (Dialect.of(connection) == Dialect.MARIADB) {
                    return runEach(connection, ddl);
                }
                // "create … if not exists" in two sessions at once can still fail on a catalog's unique key
                try (PreparedStatement lock = connection.prepareStatement("select pg_advisory_xact_lock(?)");
                        Statement create = connection.createStatement()) {
                    lock.setLong(1, CREATE_LOCK);
                    lock.execute();
                    return create.execute(ddl);
                }
            });
        }
    }

    /** MariaDB takes one statement at a time, and others wait until a table is there. */
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

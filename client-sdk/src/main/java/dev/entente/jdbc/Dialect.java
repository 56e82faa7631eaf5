package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** The databases that the SDK supports. MySQL 8 accepts the SQL of {@link #MARIADB}. */
public enum Dialect {
    /** PostgreSQL, and each database that reports another product name than MariaDB or MySQL. */
    POSTGRES("postgres", "statement_timestamp()", "?::bigint * interval '1 microsecond'"),
    /** MariaDB 10.6 or newer, with InnoDB. */
    MARIADB("mariadb", "utc_timestamp(6)", "interval ? microsecond");

    private final String file;
    private final String now;
    private final String micros;

    Dialect(String file, String now, String micros) {
        this.file = file;
        this.now = now;
        this.micros = micros;
    }

    /** Returns the dialect of a connection's database, by the product name that the driver reports. */
    public static Dialect of(Connection connection) throws SQLException {
        return switch (connection.getMetaData().getDatabaseProductName()) {
            case "MariaDB", "MySQL" -> MARIADB;
            default -> POSTGRES;
        };
    }

    /** Reads the statements that create a table from a file in the package of {@code beside}. */
    public String ddl(Class<?> beside, String table) {
        return Ddl.of(beside, table + "." + file + ".sql");
    }

    /**
     * Replaces {@code {now}} by the time at which the statement started, and {@code {micros}} by an interval of one
     * parameter, in microseconds.
     */
    public String inDialect(String statement) {
        return statement.replace("{now}", now).replace("{micros}", micros);
    }
}

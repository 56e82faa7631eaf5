package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** The databases whose SQL the SDK knows. MySQL 8 understands what is said to MariaDB. */
public enum Dialect {
    /** PostgreSQL, and whatever else calls itself by that name. */
    POSTGRES("postgres", "statement_timestamp()", "?::bigint * interval '1 microsecond'"),
    /** MariaDB from 10.6 on, with InnoDB. */
    MARIADB("mariadb", "utc_timestamp(6)", "interval ? microsecond");

    private final String file;
    private final String now;
    private final String micros;

    Dialect(String file, String now, String micros) {
        this.file = file;
        this.now = now;
        this.micros = micros;
    }

    /** Returns the dialect of the database behind a connection, as its driver knows it. */
    public static Dialect of(Connection connection) throws SQLException {
        return switch (connection.getMetaData().getDatabaseProductName()) {
            case "MariaDB", "MySQL" -> MARIADB;
            default -> POSTGRES;
        };
    }

    /** Reads the statements that create a table, from a file beside that class. */
    public String ddl(Class<?> beside, String table) {
        return Ddl.of(beside, table + "." + file + ".sql");
    }

    /**
     * Puts the database's words into a statement: {@code {now}}, its time at the statement's start, and {@code
     * {micros}}, a length of time whose parameter counts microseconds.
     */
    public String spell(String statement) {
        return statement.replace("{now}", now).replace("{micros}", micros);
    }
}

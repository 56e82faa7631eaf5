package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** The databases whose SQL the SDK knows. MySQL 8 understands what is said to MariaDB. */
public enum Dialect {
    /** PostgreSQL, and whatever else calls itself by that name. */
    POSTGRES("postgres"),
    /** MariaDB from 10.6 on, with InnoDB. */
    MARIADB("mariadb");

    private final String file;

    Dialect(String file) {
        this.file = file;
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
}

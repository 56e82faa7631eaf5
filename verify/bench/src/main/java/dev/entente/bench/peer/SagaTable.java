package dev.entente.bench.peer;

import dev.entente.rig.SqlDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * The stored state of a hand-written saga of two steps. Each method blocks until its change is committed. Thread-safe.
 *
 * @param pool supplies connections, with autocommit on for a good table and off for a naive table
 * @param isNaive selects the usual first version: a row per saga and per step, four transactions. A careful team's
 *     version has one row and two commits of one round trip each; its steps are idempotent, so they are not stored
 */
record SagaTable(DataSource pool, boolean isNaive) {
    private static final String NAIVE = """
        create table if not exists naive_saga (
          gid text primary key, state text not null, plan bytea not null,
          created_at timestamptz not null default now(), updated_at timestamptz not null default now());
        create index if not exists naive_saga_unfinished on naive_saga (updated_at) where state = 'RUNNING';
        create table if not exists naive_step (
          gid text not null, step integer not null, state text not null,
          updated_at timestamptz not null default now(), primary key (gid, step))
        """;

    private static final String GOOD = """
        create table if not exists good_saga (
          gid text primary key, state smallint not null, plan bytea not null,
          created_at timestamptz not null default now(), finished_at timestamptz) with (fillfactor = 80);
        create index if not exists good_saga_unfinished on good_saga (created_at) where state = 1
        """;

    /** Creates the tables if they do not exist. */
    void create() throws SQLException {
        change(isNaive ? NAIVE : GOOD);
    }

    /** Stores an accepted saga with two pending steps. */
    void accepted(String gid, byte[] plan) throws SQLException {
        if (!isNaive) {
            change("insert into good_saga (gid, state, plan) values (?, 1, ?)", gid, plan);
            return;
        }
        try (Connection connection = pool.getConnection()) {
            var _ = SqlDatabase.update(
                    connection, "insert into naive_saga (gid, state, plan) values (?, 'RUNNING', ?)", gid, plan);
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into naive_step (gid, step, state) values (?, ?, 'PENDING')")) {
                for (int step = 0; step < 2; step++) {
                    insert.setString(1, gid);
                    insert.setInt(2, step);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            connection.commit();
        }
    }

    /** Stores that step 0 or 1 is done. A good table stores nothing: after a crash both steps are called again. */
    void stepDone(String gid, int step) throws SQLException {
        if (isNaive) {
            change("update naive_step set state = 'DONE', updated_at = now() where gid = ? and step = ?", gid, step);
        }
    }

    /** Stores that the saga has succeeded. */
    void succeeded(String gid) throws SQLException {
        change(
                isNaive
                        ? "update naive_saga set state = 'SUCCEEDED', updated_at = now() where gid = ?"
                        : "update good_saga set state = 2, finished_at = now() where gid = ?",
                gid);
    }

    private void change(String sql, Object... arguments) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            var _ = SqlDatabase.update(connection, sql, arguments);
            if (isNaive) {
                connection.commit();
            }
        }
    }
}

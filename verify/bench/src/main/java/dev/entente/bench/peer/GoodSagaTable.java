package dev.entente.bench.peer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * A careful team's saga: one row and two commits, each one statement and one round trip. Steps are idempotent, so they
 * are not stored.
 */
final class GoodSagaTable implements SagaTable {
    private final DataSource pool;

    /** @param pool hands out connections with autocommit on */
    GoodSagaTable(DataSource pool) {
        this.pool = pool;
    }

    @Override
    public void create() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                create table if not exists good_saga (
                  gid text primary key, state smallint not null, plan bytea not null,
                  created_at timestamptz not null default now(), finished_at timestamptz) with (fillfactor = 80);
                create index if not exists good_saga_unfinished on good_saga (created_at) where state = 1
                """);
        }
    }

    @Override
    public void accepted(String gid, byte[] plan) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into good_saga (gid, state, plan) values (?, 1, ?)")) {
            insert.setString(1, gid);
            insert.setBytes(2, plan);
            insert.executeUpdate();
        }
    }

    @Override
    public void stepDone(String gid, int step) {
        // Nothing: after a crash both steps are called again.
    }

    @Override
    public void succeeded(String gid) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update good_saga set state = 2, finished_at = now() where gid = ?")) {
            update.setString(1, gid);
            update.executeUpdate();
        }
    }
}

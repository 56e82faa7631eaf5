package dev.entente.bench.peer;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * The saga that most people write first: a row per saga and a row per step. Each change of state is a JDBC transaction,
 * four in all.
 */
final class NaiveSagaTable implements SagaTable {
    private final DataSource pool;

    NaiveSagaTable(DataSource pool) {
        this.pool = pool;
    }

    @Override
    public void create() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                create table if not exists naive_saga (
                  gid text primary key, state text not null, plan bytea not null,
                  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
                create index if not exists naive_saga_unfinished on naive_saga (updated_at) where state = 'RUNNING';
                create table if not exists naive_step (
                  gid text not null, step integer not null, state text not null,
                  updated_at timestamptz not null default now(), primary key (gid, step))
                """);
            connection.commit();
        }
    }

    @Override
    public void accepted(String gid, byte[] plan) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into naive_saga (gid, state, plan) values (?, 'RUNNING', ?)")) {
                insert.setString(1, gid);
                insert.setBytes(2, plan);
                insert.executeUpdate();
            }
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

    @Override
    public void stepDone(String gid, int step) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update naive_step set state = 'DONE', updated_at = now() where gid = ? and step = ?")) {
            update.setString(1, gid);
            update.setInt(2, step);
            update.executeUpdate();
            connection.commit();
        }
    }

    @Override
    public void succeeded(String gid) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update naive_saga set state = 'SUCCEEDED', updated_at = now() where gid = ?")) {
            update.setString(1, gid);
            update.executeUpdate();
            connection.commit();
        }
    }
}

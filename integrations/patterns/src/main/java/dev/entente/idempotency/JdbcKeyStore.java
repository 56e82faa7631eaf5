package dev.entente.idempotency;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.CallersTransaction;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.Sql;
import dev.entente.jdbc.SqlCondition;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Stores keys in the table {@code entente_idempotency} of the service's own database. Each step is a separate short
 * transaction; no transaction is open while a handler runs. Thread-safe.
 */
public final class JdbcKeyStore implements KeyStore {
    private static final String TABLE = "entente_idempotency";
    private static final int PURGED_AT_ONCE = 1000;
    /**
     * The limit of attempts. An attempt fails if a key is freed between the insert and the select, or if a concurrent
     * transaction causes a rollback.
     */
    private static final int TRIES = 10;

    private static final String LOOK =
            "select digest, answer from entente_idempotency where caller = ? and idempotency_key = ?";
    private static final String FREE = "delete from entente_idempotency"
            + " where caller = ? and idempotency_key = ? and owner = ? and answer is null";
    private static final String TAKE = " into entente_idempotency (expires_at, caller, idempotency_key, digest,"
            + " owner) values ({now} + {micros}, ?, ?, ?, ?)";
    private static final String OR_OVERTAKE = " on conflict (caller, idempotency_key) do update"
            + " set expires_at = excluded.expires_at, digest = excluded.digest, owner = excluded.owner, answer = null"
            + " where entente_idempotency.expires_at <= {now}";
    private static final String OVERTAKE = "update entente_idempotency"
            + " set expires_at = {now} + {micros}, digest = ?, owner = ?, answer = null"
            + " where caller = ? and idempotency_key = ? and expires_at <= {now}";
    private static final String ANSWER = "update entente_idempotency set expires_at = {now} + {micros}, answer = ?"
            + " where caller = ? and idempotency_key = ? and owner = ?";

    private final Dialect dialect;
    private final DataSource dataSource;

    private JdbcKeyStore(Dialect dialect, DataSource dataSource) {
        this.dialect = dialect;
        this.dataSource = dataSource;
    }

    /** Returns a store in PostgreSQL. */
    public static JdbcKeyStore postgres(DataSource dataSource) {
        return new JdbcKeyStore(Dialect.POSTGRES, dataSource);
    }

    /** Returns a store in MariaDB 10.6 or newer, with InnoDB. MySQL 8 is not tested. */
    public static JdbcKeyStore mariadb(DataSource dataSource) {
        return new JdbcKeyStore(Dialect.MARIADB, dataSource);
    }

    /** Returns the statements that create the table, for your migrations. */
    public String ddl() {
        return dialect.ddl(JdbcKeyStore.class, TABLE);
    }

    /** Creates the table if it does not exist. Several processes may call this concurrently. Blocks. */
    public void createTable() throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    @Override
    public KeyClaim claim(Key key, String digest, String owner, Duration longestRun) throws IOException {
        return within(sql -> {
            for (int tries = 0; tries < TRIES; tries++) {
                if (take(sql, key, digest, owner, Sql.micros(longestRun))) {
                    return KeyClaim.TAKEN;
                }
                Optional<KeyClaim> found = sql.first(LOOK, row -> claim(row, digest), key.caller(), key.key());
                if (found.isPresent()) {
                    return found.get();
                }
            }
            return KeyClaim.RUNNING;
        });
    }

    @Override
    public boolean answer(Key key, String owner, byte[] bytes, Duration timeToLive) throws IOException {
        return within(sql -> sql.update(ANSWER, Sql.micros(timeToLive), bytes, key.caller(), key.key(), owner) == 1);
    }

    @Override
    public void free(Key key, String owner) throws IOException {
        int unused = within(sql -> sql.update(FREE, key.caller(), key.key(), owner));
    }

    /**
     * Deletes expired keys, a thousand per transaction. Run it about once an hour. Blocks.
     *
     * @return how many were deleted
     */
    public long purge() throws IOException {
        long all = 0;
        int last;
        do {
            last = within(sql -> sql.deleteAtMost(TABLE, "expires_at <= {now}", PURGED_AT_ONCE));
            all += last;
        } while (last == PURGED_AT_ONCE);
        return all;
    }

    /** Claims a key that is free or expired. */
    private static boolean take(Sql sql, Key key, String digest, String owner, long micros) throws SQLException {
        boolean isMaria = sql.dialect() == Dialect.MARIADB;
        String take = isMaria ? "insert ignore" + TAKE : "insert" + TAKE + OR_OVERTAKE;
        return sql.isInserted(take, micros, key.caller(), key.key(), digest, owner)
                || (isMaria && sql.update(OVERTAKE, micros, digest, owner, key.caller(), key.key()) == 1);
    }

    private static KeyClaim claim(ResultSet row, String digest) throws SQLException {
        if (!digest.equals(row.getString(1))) {
            return KeyClaim.OTHER_CONTENT;
        }
        byte[] answer = row.getBytes(2);
        return answer == null ? KeyClaim.RUNNING : new KeyClaim.Answered(answer);
    }

    /**
     * Runs each statement in a separate transaction, so that the select sees commits after the insert. Above READ
     * COMMITTED a conflicting statement is rolled back, and runs again with a new snapshot.
     */
    private <T> T within(Step<T> step) throws IOException {
        if (CallersTransaction.isOnThread()) {
            throw new KeysUnusable(
                    "ENT-096: idempotency keys are stored outside of the caller's transaction; put the filter or"
                            + " interceptor before the code that begins the transaction",
                    null);
        }
        for (int tries = 1; ; tries++) {
            try {
                return alone(step);
            } catch (SQLException broken) {
                if (SqlCondition.MISSING_TABLE.matchesFailure(broken)) {
                    throw new KeysUnusable(
                            "ENT-094: misconfigured: the table " + TABLE
                                    + " is missing; call JdbcKeyStore.createTable(),"
                                    + " with Spring Boot set entente.idempotency.create-table=true, or run its"
                                    + " definition, which is in the log of this service",
                            Ddl.withDefinition(broken, ddl()));
                }
                if (tries == TRIES || !SqlCondition.TRANSACTION_CONFLICT.matchesFailure(broken)) {
                    throw new IOException(
                            "the store of idempotency keys does not respond: " + broken.getMessage(), broken);
                }
            }
        }
    }

    private <T> T alone(Step<T> step) throws SQLException {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            Sql sql = new Sql(connection, dialect);
            if (connection.getAutoCommit()) {
                return step.run(sql);
            }
            connection.setAutoCommit(true);
            T result = step.run(sql);
            connection.setAutoCommit(false);
            return result;
        }
    }

    private interface Step<T> {
        T run(Sql sql) throws SQLException;
    }
}

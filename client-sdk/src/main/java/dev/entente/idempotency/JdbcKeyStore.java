package dev.entente.idempotency;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.CallersTransaction;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.SqlCondition;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Keeps keys in a table of the service's own database, {@code entente_idempotency}. Each step is a short transaction of
 * its own; none is held while a handler runs. Thread-safe.
 */
public final class JdbcKeyStore implements KeyStore {
    private static final String TABLE = "entente_idempotency";
    private static final int PURGED_AT_ONCE = 1000;
    /** A key may be freed between the insert that met it and the look at it. */
    private static final int TRIES = 10;

    private static final String TAKE = """
        insert into entente_idempotency (caller, idempotency_key, digest, owner, expires_at)
        values (?, ?, ?, ?, now() + ? * interval '1 millisecond')
        on conflict (caller, idempotency_key) do update
          set digest = excluded.digest, owner = excluded.owner, answer = null, expires_at = excluded.expires_at
          where entente_idempotency.expires_at <= now()
        """;

    private static final String INSERT_MARIADB = """
        insert into entente_idempotency (caller, idempotency_key, digest, owner, expires_at)
        values (?, ?, ?, ?, utc_timestamp(6) + interval ? * 1000 microsecond)
        """;

    private static final String OVERTAKE_MARIADB = """
        update entente_idempotency
        set digest = ?, owner = ?, answer = null, expires_at = utc_timestamp(6) + interval ? * 1000 microsecond
        where caller = ? and idempotency_key = ? and expires_at <= utc_timestamp(6)
        """;

    private static final String LOOK =
            "select digest, answer from entente_idempotency where caller = ? and idempotency_key = ?";

    private static final String FREE = "delete from entente_idempotency"
            + " where caller = ? and idempotency_key = ? and owner = ? and answer is null";

    private final Dialect dialect;
    private final DataSource dataSource;

    private JdbcKeyStore(Dialect dialect, DataSource dataSource) {
        this.dialect = dialect;
        this.dataSource = dataSource;
    }

    /** In PostgreSQL. */
    public static JdbcKeyStore postgres(DataSource dataSource) {
        return new JdbcKeyStore(Dialect.POSTGRES, dataSource);
    }

    /** In MariaDB 10.6 or newer, or MySQL 8, with InnoDB. */
    public static JdbcKeyStore mariadb(DataSource dataSource) {
        return new JdbcKeyStore(Dialect.MARIADB, dataSource);
    }

    /** The statements that create the table, for your migrations. */
    public String ddl() {
        return dialect.ddl(JdbcKeyStore.class, TABLE);
    }

    /** Creates the table if it is not there. Several processes may do this at once. Blocks. */
    public void createTable() throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    @Override
    public KeyClaim claim(Key key, String digest, String owner, Duration longestRun) throws IOException {
        return within(connection -> {
            for (int tries = 0; tries < TRIES; tries++) {
                if (take(connection, key, digest, owner, longestRun.toMillis())) {
                    return KeyClaim.TAKEN;
                }
                Optional<KeyClaim> found = look(connection, key, digest);
                if (found.isPresent()) {
                    return found.get();
                }
            }
            return KeyClaim.RUNNING;
        });
    }

    @Override
    public boolean answer(Key key, String owner, byte[] answer, Duration timeToLive) throws IOException {
        String then = dialect == Dialect.MARIADB
                ? "utc_timestamp(6) + interval ? * 1000 microsecond"
                : "now() + ? * interval '1 millisecond'";
        String sql = "update entente_idempotency set answer = ?, expires_at = " + then
                + " where caller = ? and idempotency_key = ? and owner = ?";
        return within(connection -> {
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                update.setBytes(1, answer);
                update.setLong(2, timeToLive.toMillis());
                update.setString(3, key.caller());
                update.setString(4, key.key());
                update.setString(5, owner);
                return update.executeUpdate() == 1;
            }
        });
    }

    @Override
    public void free(Key key, String owner) throws IOException {
        int unused = within(connection -> {
            try (PreparedStatement delete = connection.prepareStatement(FREE)) {
                delete.setString(1, key.caller());
                delete.setString(2, key.key());
                delete.setString(3, owner);
                return delete.executeUpdate();
            }
        });
    }

    /**
     * Deletes keys whose time has passed, a thousand per transaction; run it every hour or so. Blocks.
     *
     * @return how many went
     */
    public long purge() throws IOException {
        String sql = dialect == Dialect.MARIADB
                ? "delete from entente_idempotency where expires_at <= utc_timestamp(6) limit ?"
                : "delete from entente_idempotency where ctid = any (array("
                        + "select ctid from entente_idempotency where expires_at <= now() limit ?))";
        long all = 0;
        int last;
        do {
            last = within(connection -> {
                try (PreparedStatement delete = connection.prepareStatement(sql)) {
                    delete.setInt(1, PURGED_AT_ONCE);
                    return delete.executeUpdate();
                }
            });
            all += last;
        } while (last == PURGED_AT_ONCE);
        return all;
    }

    private boolean take(Connection connection, Key key, String digest, String owner, long millis) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            return insert(connection, TAKE, key, digest, owner, millis);
        }
        try {
            return insert(connection, INSERT_MARIADB, key, digest, owner, millis);
        } catch (SQLException failure) {
            if (!SqlCondition.DUPLICATE_KEY.isShownBy(failure)) {
                throw failure;
            }
        }
        try (PreparedStatement update = connection.prepareStatement(OVERTAKE_MARIADB)) {
            update.setString(1, digest);
            update.setString(2, owner);
            update.setLong(3, millis);
            update.setString(4, key.caller());
            update.setString(5, key.key());
            return update.executeUpdate() == 1;
        }
    }

    private static boolean insert(Connection connection, String sql, Key key, String digest, String owner, long millis)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, key.caller());
            insert.setString(2, key.key());
            insert.setString(3, digest);
            insert.setString(4, owner);
            insert.setLong(5, millis);
            return insert.executeUpdate() == 1;
        }
    }

    private static Optional<KeyClaim> look(Connection connection, Key key, String digest) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(LOOK)) {
            select.setString(1, key.caller());
            select.setString(2, key.key());
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                if (!digest.equals(row.getString(1))) {
                    return Optional.of(KeyClaim.OTHER_CONTENT);
                }
                byte[] answer = row.getBytes(2);
                return Optional.of(answer == null ? KeyClaim.RUNNING : new KeyClaim.Answered(answer));
            }
        }
    }

    /** Each statement is a transaction of its own: the look sees what was committed since the insert. */
    private <T> T within(Step<T> step) throws IOException {
        if (CallersTransaction.isOnThread()) {
            throw new IllegalStateException("ENT-096: idempotency keys are kept outside of the caller's transaction;"
                    + " put the filter or interceptor before what begins it");
        }
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            if (connection.getAutoCommit()) {
                return step.run(connection);
            }
            connection.setAutoCommit(true);
            T result = step.run(connection);
            connection.setAutoCommit(false);
            return result;
        } catch (SQLException broken) {
            throw new IOException("the store of idempotency keys does not answer: " + broken.getMessage(), broken);
        }
    }

    private interface Step<T> {
        T run(Connection connection) throws SQLException;
    }
}

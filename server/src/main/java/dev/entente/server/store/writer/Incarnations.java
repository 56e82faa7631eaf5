package dev.entente.server.store.writer;

import dev.entente.server.store.AliveLock;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.Membership;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.StoreUnavailable;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registration of this process with a database. Each object is one incarnation. Renewals have a separate
 * connection, which no write can delay. Another, idle connection holds a session advisory lock while the process lives.
 * The server notices a killed process within moments.
 */
public final class Incarnations implements Membership, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Incarnations.class);
    /**
     * The condition for dead incarnations. For some time after the death, each read of the peers also searches for rows
     * of a last batch; later only one read in a hundred does so.
     */
    private static final String FRESHLY_DEAD = "(c.dead_at > now() - interval '10 minutes' or random() < 0.01)";

    private final Database database;
    private final ClusterIdentity cluster;
    private final long incarnation;
    private final QueryExecutor executor;
    private final WriterSessions writers;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable SessionLock alive;
    private @Nullable Connection renewals;
    private @Nullable BackendProcess renewing;
    private volatile long fenceFloor;
    private volatile Runnable whenLockLost = () -> {};
    private boolean isClosed;

    private Incarnations(Database database, ClusterIdentity cluster, long incarnation, Executor results) {
        this.database = database;
        this.cluster = cluster;
        this.incarnation = incarnation;
        this.executor = new QueryExecutor(results);
        this.writers = new WriterSessions(database.jdbi(), incarnation);
    }

    /**
     * Registers a new incarnation. Blocks.
     *
     * @param node the permanent name of the process
     * @param address the address for other coordinators
     * @param results the executor on which futures complete
     * @throws StartupFailure ENT-072
     */
    public static Incarnations register(
            Database database, ClusterIdentity cluster, String node, String address, String version, Executor results) {
        long incarnation = Math.max(1, new SecureRandom().nextLong() & Long.MAX_VALUE);
        Incarnations registered = new Incarnations(database, cluster, incarnation, results);
        try {
            // The lock first: a reader of the row may already check whether the process is alive.
            registered.lock(null);
            registered.fenceFloor = database.jdbi()
                    .withHandle(handle -> handle.createQuery("""
                        insert into coordinator (incarnation, node, address, version)
                        values (:incarnation, :node, :address, :version)
                        returning (select fence_floor from cluster)\
                        """)
                            .bind("incarnation", incarnation)
                            .bind("node", node)
                            .bind("address", address)
                            .bind("version", version)
                            .mapTo(Long.class)
                            .one());
            return registered;
        } catch (SQLException e) {
            registered.close();
            throw database.unreachable(e);
        } catch (RuntimeException e) {
            registered.close();
            throw DatabaseFault.isUnavailable(e) ? database.unreachable(e) : e;
        }
    }

    public long incarnation() {
        return incarnation;
    }

    /** Returns the fence floor, see {@link dev.entente.server.store.TransactionStore#fenceFloor}. */
    public long fenceFloor() {
        return fenceFloor;
    }

    /** @param before the lost lock, or null */
    private void lock(@Nullable SessionLock before) throws SQLException {
        alive = SessionLock.take(database, incarnation, before, this::lockLost);
    }

    private void lockLost() {
        whenLockLost.run();
    }

    @Override
    public void whenLockLost(Runnable reported) {
        whenLockLost = reported;
    }

    @Override
    public CompletableFuture<Renewal> renew() {
        return executor.ask(() -> {
            lock.lock();
            try {
                keepLock();
                return renewOn(renewalConnection());
            } catch (SQLException | JdbiException e) {
                close(renewals);
                renewals = null;
                throw new StoreUnavailable("the lease could not be renewed: " + DatabaseFault.serversLine(e), e);
            } finally {
                lock.unlock();
            }
        });
    }

    private Renewal renewOn(Connection connection) throws SQLException {
        // A database that failed over or was restored may lack rows of this incarnation. The incarnation ends, and the
        // next one registers.
        boolean isSameDatabase = ClusterIdentity.of(connection).equals(cluster);
        return Jdbi.open(connection)
                .createQuery("""
                    with renewed as (
                      update coordinator set beat = beat + 1, beat_at = now()
                      where incarnation = :me and dead_at is null returning 1)
                    select exists (select 1 from renewed), now(), (select fence_floor from cluster)\
                    """)
                .bind("me", incarnation)
                .map((row, _) -> new Renewal(
                        row.getBoolean(1) && isSameDatabase && row.getLong(3) == fenceFloor,
                        row.getObject(2, OffsetDateTime.class).toInstant()))
                .one();
    }

    private Connection renewalConnection() throws SQLException {
        Connection connection = renewals;
        if (connection == null) {
            connection = database.connect("lease", 5);
            renewals = connection;
            endPrevious(connection);
            renewing = BackendProcess.of(connection);
        }
        return connection;
    }

    /**
     * Ends the session of an unanswered renewal. A session that waits for a standby or a lock outlives its connection.
     * Otherwise each attempt would leave one more session, until the server has none left.
     */
    private void endPrevious(Connection connection) throws SQLException {
        if (renewing != null && !renewing.isGone(connection)) {
            LOG.debug("ended the session of the renewal without a response: {}", renewing);
        }
    }

    /**
     * Takes a lost lock again before the lease is renewed: while the lock is free, a successor assumes that this
     * process is gone.
     */
    private void keepLock() throws SQLException {
        SessionLock held = alive;
        if (isClosed) {
            throw new SQLException("this incarnation is closed");
        }
        if (held == null || held.isLost()) {
            lock(held);
        }
    }

    @Override
    public CompletableFuture<List<Peer>> peers() {
        return executor.ask(() -> database.jdbi().withHandle(handle -> peers(handle, """
            c.dead_at is null or c.incarnation in (
              select t.owner from open_transaction t
              where t.owner = any (
                array (select c.incarnation from coordinator c where c.dead_at is not null and %s)))\
            """.formatted(FRESHLY_DEAD))));
    }

    @Override
    public CompletableFuture<List<Peer>> living() {
        return executor.ask(() -> database.jdbi().withHandle(handle -> peers(handle, "c.dead_at is null")));
    }

    private static List<Peer> peers(Handle handle, String which) {
        return handle.createQuery("""
            select c.incarnation, c.node, c.address, c.beat, c.dead_at, c.started_at, c.version from coordinator c
            where %s order by c.started_at\
            """.formatted(which))
                .map((row, _) -> OpenRows.peer(row))
                .list();
    }

    @Override
    public CompletableFuture<Boolean> declareDead(long other, long lastSeenBeat) {
        return executor.ask(() -> {
            boolean isDead = markDead(other, lastSeenBeat);
            if (isDead) {
                // Not only at a takeover: the incarnation may own no rows, but may block gids that it was inserting.
                writers.end(other);
            }
            return isDead;
        });
    }

    private boolean markDead(long other, long lastSeenBeat) {
        return database.jdbi().withHandle(handle -> {
            handle.createUpdate("update coordinator set dead_at = now() where incarnation = :other and beat = :beat and"
                            + " dead_at is null")
                    .bind("other", other)
                    .bind("beat", lastSeenBeat)
                    .execute();
            return handle.createQuery("select dead_at is not null from coordinator where incarnation = :other")
                    .bind("other", other)
                    .mapTo(Boolean.class)
                    .findOne()
                    .orElse(true);
        });
    }

    /** Reads the holder of the lock without taking the lock, so that concurrent readers get the same result. */
    @Override
    public CompletableFuture<Boolean> isProcessGone(long other) {
        return executor.ask(() -> database.jdbi()
                .withHandle(handle -> handle.createQuery("select " + AliveLock.isFree(":other::bigint"))
                        .bind("other", other)
                        .mapTo(Boolean.class)
                        .one()));
    }

    @Override
    public CompletableFuture<Void> retire() {
        return executor.ask(() -> database.jdbi()
                        .withHandle(handle -> handle.createUpdate(
                                        "update coordinator set dead_at = now() where incarnation = :me and dead_at is"
                                                + " null")
                                .bind("me", incarnation)
                                .execute()))
                .thenAccept(_ -> {});
    }

    /** Releases the lock, so that a successor may take over at once. */
    @Override
    public void close() {
        lock.lock();
        try {
            isClosed = true;
            executor.close();
            close(renewals);
            if (alive != null) {
                alive.close();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void close(@Nullable Connection connection) {
        if (connection == null) {
            return;
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("closing a broken connection: {}", e.getMessage());
        }
    }
}

package dev.entente.server.store.admin;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.ParkReason;
import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.StoreUnavailable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reaction to a promoted standby, which may lack acknowledged commits. Unless replication is synchronous, every
 * open row is parked in one pass before any claim. The rows stay parked until an operator checks and releases them. The
 * methods block.
 *
 * <p>The row in {@code cluster} records the last known identity for all coordinators, also for coordinators that start
 * later.
 */
public final class Failover {
    /**
     * Rows that a failover or a restore has parked.
     *
     * @param count the number of rows
     * @param gids the first gids, in gid order
     */
    public record Found(long count, List<String> gids) {}

    /** The identity for a process that has not registered yet. */
    public static final ClusterIdentity NONE = new ClusterIdentity(0, 0);

    private static final Logger LOG = LoggerFactory.getLogger(Failover.class);
    private static final String MARK = ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS.name() + ":";
    private static final String RESTORED = ParkReason.RESTORED.name() + ":";
    /** The condition for rows that wait for `entente recover`. */
    private static final String AWAITS =
            "(starts_with(parked_reason, '" + MARK + "') or starts_with(parked_reason, '" + RESTORED + "'))";

    private static final String LOCKED = "55P03";
    private static final int LOCK_SECONDS = 60;
    /**
     * The seconds that an answer may take beyond the wait for a lock. The server's own answer is more informative than
     * a broken link.
     */
    private static final int ANSWER_SECONDS = 30;
    /** The limit for one statement over all open rows, which may be very many. */
    private static final int ALL_ROWS_MILLIS = 30 * 60 * 1000;

    /**
     * The settings of a session. The server ends a vanished session that locks the row, before others have waited too
     * long.
     */
    private static final String SESSION = Database.NOTICES_SILENCE + "set idle_in_transaction_session_timeout = '30 s'";

    private final Database database;
    private final int lockSeconds;

    public Failover(Database database) {
        this(database, LOCK_SECONDS);
    }

    /** @param lockSeconds the maximum wait for a lock */
    Failover(Database database, int lockSeconds) {
        this.database = database;
        this.lockSeconds = lockSeconds;
    }

    /**
     * Compares the database with the known one, and parks rows if necessary. Call it before any claim.
     *
     * @return the current identity of the database
     * @throws StartupFailure ENT-072
     */
    public ClusterIdentity settle() {
        return settle(NONE);
    }

    /**
     * As {@link #settle()}, for a process that has registered before.
     *
     * @param seen the identity at the last registration, or {@link #NONE}
     * @throws StartupFailure ENT-072, also if the database is on an earlier timeline than {@code seen}: the old primary
     *     lacks what was committed after the promotion
     */
    public ClusterIdentity settle(ClusterIdentity seen) {
        return locked((handle, before, now) -> {
            if (now.systemIdentifier() == seen.systemIdentifier() && now.timeline() < seen.timeline()) {
                throw new StartupFailure(
                        ErrorCode.DATABASE_UNREACHABLE,
                        "the database is the old primary (timeline " + now.timeline() + "), and this coordinator has"
                                + " worked on the promoted server (timeline " + seen.timeline()
                                + "); stop the old primary, or restart the coordinator to use the old primary without"
                                + " the later commits",
                        null);
            }
            if (!before.equals(now)) {
                boolean parks = !database.settings().isReplicationSynchronous();
                int parked = parks ? parkAll(handle, MARK + "was " + before + ", is " + now) : 0;
                LOG.warn(
                        "the database failed over: was {}, is {}; {} open transactions are parked{}",
                        before,
                        now,
                        parked,
                        parks
                                ? "; check which commits were lost, then run `entente recover`"
                                : ", because database.replication is synchronous and no commit is lost");
                remember(handle, now);
                raiseFences(handle);
                advanceAuditIds(handle);
            }
            return now;
        });
    }

    /** A task that only one coordinator does at a time. */
    private interface ExclusiveTask<T> {
        T settle(Handle handle, ClusterIdentity before, ClusterIdentity now) throws SQLException;
    }

    private <T> T locked(ExclusiveTask<T> work) {
        try {
            return database.alone("failover", lockSeconds + ANSWER_SECONDS, handle -> {
                prepare(handle);
                ClusterIdentity now = ClusterIdentity.of(handle.getConnection());
                return handle.inTransaction(_ -> work.settle(handle, remembered(handle, now), now));
            });
        } catch (SQLException | JdbiException e) {
            SQLException refused = DatabaseFault.databases(e);
            boolean isLocked = refused != null && LOCKED.equals(refused.getSQLState());
            throw isLocked ? busy(e) : database.unreachable(e);
        }
    }

    private void prepare(Handle handle) {
        handle.execute(SESSION + "; set lock_timeout = '" + lockSeconds + " s'");
    }

    private StartupFailure busy(Exception e) {
        return new StartupFailure(
                ErrorCode.DATABASE_UNREACHABLE,
                "the row in table cluster, or a row to be parked, was locked for " + lockSeconds
                        + " s: another coordinator handles a failover, or left a session open; start again, or search"
                        + " for 'entente failover' in pg_stat_activity",
                e);
    }

    /** Reads and locks the row, so that only one coordinator parks. */
    private static ClusterIdentity remembered(Handle handle, ClusterIdentity now) {
        handle.execute(
                "insert into cluster (system_identifier, timeline) values (?, ?) on conflict do nothing",
                now.systemIdentifier(),
                now.timeline());
        return handle.createQuery("select system_identifier, timeline from cluster for update")
                .map((row, _) -> new ClusterIdentity(row.getLong(1), row.getLong(2)))
                .one();
    }

    private static void remember(Handle handle, ClusterIdentity now) {
        handle.execute(
                "update cluster set system_identifier = ?, timeline = ?", now.systemIdentifier(), now.timeline());
    }

    /**
     * Raises the fences of all later calls. Participants may have seen fences of lost commits. The time in milliseconds
     * is higher than these fences, and higher than the fences after an earlier restore of the same backup. An
     * incarnation that runs with lower fences ends at its next renewal.
     */
    private static void raiseFences(Handle handle) {
        handle.execute("""
            update cluster
            set settled_at = now(),
              fence_floor = greatest(fence_floor + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)\
            """);
    }

    /**
     * Advances the sequence of audit ids past the ids of the stored rows: logical replication copies rows, but no
     * sequences.
     */
    private static void advanceAuditIds(Handle handle) {
        handle.createQuery("""
            select setval(ids, newest)
            from (select pg_get_serial_sequence('audit_entry', 'id')::regclass as ids,
              (select max(id) from audit_entry) as newest) as audit
            where case when has_sequence_privilege(ids, 'UPDATE') then nextval(ids) < newest end\
            """).mapTo(Long.class).list();
    }

    /**
     * Parks every open row as RESTORED, in one pass: for a database restored without a new timeline, which is not
     * detected. Call it before any claim, while no other coordinator runs on the database.
     *
     * @return the number of rows
     * @throws StartupFailure ENT-072
     */
    public int parkRestored() {
        int all = locked((handle, _, _) -> {
            raiseFences(handle);
            return parkAll(handle, RESTORED + "the server was started with --park-all");
        });
        LOG.warn(
                "{} open transactions are parked as RESTORED; check which commits were lost, then run `entente"
                        + " recover`",
                all);
        return all;
    }

    /**
     * Parks all open rows in one pass. An existing mark is kept behind the new one, in a second line. Sessions of the
     * console end, because a lost commit could be a sign-out.
     */
    private static int parkAll(Handle handle, String mark) throws SQLException {
        handle.getConnection().setNetworkTimeout(Runnable::run, ALL_ROWS_MILLIS);
        handle.execute("delete from console_session");
        return handle.createUpdate("""
            update open_transaction
            set owner = null, due_at = null, parked_at = now(), adoptions = 0, rev = rev + 1,
              parked_reason = case when %s then parked_reason else :mark || coalesce(e'\\n' || parked_reason, '') end\
            """.formatted(AWAITS)).bind("mark", mark).execute();
    }

    /**
     * Returns the rows that are parked since a failover or a restore.
     *
     * @param limit the maximum number of gids
     * @throws StoreUnavailable if the database does not answer
     */
    public Found found(int limit) {
        return overAllRows(handle -> {
            String waits = " from open_transaction where " + AWAITS;
            long count = handle.createQuery("select count(*)" + waits)
                    .mapTo(Long.class)
                    .one();
            List<String> gids = handle.createQuery("select gid" + waits + " order by gid limit :limit")
                    .bind("limit", limit)
                    .mapTo(String.class)
                    .list();
            return new Found(count, gids);
        });
    }

    /**
     * Releases rows that a failover or a restore has parked. A released row is due now. A row that was parked before
     * gets its previous mark again, and is due at its deadline. Waits until a lease has passed since the failover was
     * detected. Until then a coordinator that has not detected the failover may make calls.
     *
     * @param lease the lease of the coordinators
     * @return the number of rows
     * @throws StoreUnavailable if the database does not answer, or a row stays locked
     */
    public int release(AuditRecord audit, Duration lease) {
        return overAllRows(handle -> {
            outwait(handle, lease);
            int all = handle.inTransaction(_ -> {
                int released = release(handle);
                AuditLog.insert(handle, released > 0 ? audit : audit.unchanged(""));
                return released;
            });
            AuditLines.done(all > 0 ? audit : audit.unchanged(""));
            return all;
        });
    }

    /** Waits at most for the lease, regardless of the database's clock. */
    private static void outwait(Handle handle, Duration lease) {
        handle.createQuery("""
            select pg_sleep(least(lease, greatest(0, extract(epoch from settled_at - clock_timestamp()) + lease)))::text
            from cluster, (select :seconds::float8 as lease) given\
            """)
                .bind("seconds", lease.toMillis() / 1000.0)
                .mapTo(String.class)
                .list();
    }

    private static int release(Handle handle) {
        return handle.execute("""
            update open_transaction
            set rev = rev + 1,
              due_at = case when strpos(parked_reason, e'\\n') = 0 then now() else deadline_at end,
              parked_at = case when strpos(parked_reason, e'\\n') = 0 then null else parked_at end,
              parked_reason = nullif(substr(parked_reason, length(split_part(parked_reason, e'\\n', 1)) + 2), '')
            where owner is null and %s\
            """.formatted(AWAITS));
    }

    /** Runs work on a separate connection: the pool's limits are too short for very many rows. */
    private <T> T overAllRows(Function<Handle, T> work) {
        try {
            return database.alone("failover", ANSWER_SECONDS, handle -> {
                prepare(handle);
                handle.getConnection().setNetworkTimeout(Runnable::run, ALL_ROWS_MILLIS);
                return work.apply(handle);
            });
        } catch (SQLException | JdbiException e) {
            throw QueryExecutor.failure(e);
        }
    }
}

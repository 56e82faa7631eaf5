package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.LocalTransactionMark;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Determines the outcome of a local transaction whose message was begun, but neither committed nor aborted. {@code
 * dev.entente.participant.checks.CheckBackService} answers coordinators with it.
 *
 * <p>Each check tries to insert the mark "rolled back" into {@code entente_barrier}, in the local transaction's
 * database. If the insert succeeds, the local transaction <em>is</em> rolled back: it can no longer insert its own
 * mark. If the mark "committed" exists, the transaction was committed. If the transaction still runs, the coordinator
 * asks again. The data source must lead to the primary, not to a read replica. Thread-safe.
 */
public final class CheckBack {
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);

    private final BarrierSettings settings;
    private final DataSource dataSource;

    private CheckBack(BarrierSettings settings, DataSource dataSource) {
        this.settings = settings;
        this.dataSource = dataSource;
    }

    /**
     * Uses the barrier's retention.
     *
     * @param dataSource the primary of the database in which local transactions run
     */
    public static CheckBack of(Barrier barrier, DataSource dataSource) {
        return new CheckBack(barrier.settings(), dataSource);
    }

    /**
     * Returns normally if the local transaction of the message was committed. Blocks.
     *
     * @throws Rejection if it was rolled back, or is rolled back by this check
     * @throws InProgress if it still runs
     * @throws BarrierExpired if the message is so old that its mark may have been purged
     * @throws SQLException if the database failed: ask again
     */
    public void check(String gid) throws SQLException {
        Branch asked = Branch.of(gid, "check-back", BranchOp.CHECK);
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
            Connection connection = borrowed.connection();
            LocalTransactionMark.Found found = SqlFailures.repeat(connection, asked, () -> ask(connection, gid));
            if (found != LocalTransactionMark.Found.COMMITTED) {
                throw new Rejection("ROLLED_BACK", "the local transaction of '" + gid + "' was rolled back").settled();
            }
        } catch (SQLException failure) {
            throw SqlFailures.translate(failure, asked, settings.table().ddl());
        }
    }

    private LocalTransactionMark.Found ask(Connection connection, String gid) throws SQLException {
        LocalTransactionMark.Found found = LocalTransactionMark.rollBack(connection, gid, TIMEOUT);
        if (found == LocalTransactionMark.Found.HELD) {
            throw new InProgress(ASK_AGAIN_AFTER, "the local transaction of '" + gid + "' still runs");
        }
        if (found == LocalTransactionMark.Found.OURS) {
            refuseIfPurged(gid);
        }
        return found;
    }

    /** Refuses an old message without a mark, because the mark may have been purged. */
    private void refuseIfPurged(String gid) {
        if (Branch.current().filter(settings::mayBePurged).isPresent()) {
            throw new BarrierExpired("message '" + gid + "' is older than half of the barrier's retention of "
                    + settings.retention().toDays()
                    + " days, and no row shows the result of its local transaction; check its effect, then resolve the"
                    + " check-back manually");
        }
    }
}

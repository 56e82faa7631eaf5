package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.LocalMark;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Says what became of a local transaction: one that began a message and was not heard of again. {@code
 * dev.entente.participant.checks.CheckBackService} answers coordinators with it.
 *
 * <p>Each question first tries to mark the local transaction as rolled back, in the table {@code entente_barrier} of
 * the database in which it ran. Where that succeeds it <em>is</em> rolled back, whatever it is still doing: it finds
 * the mark taken. Where the transaction was faster, it was committed; where it still runs, the coordinator asks again.
 * It must be given the primary, not a copy for reading. Thread-safe.
 */
public final class CheckBack {
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);

    private final BarrierSettings settings;
    private final DataSource dataSource;

    private CheckBack(BarrierSettings settings, DataSource dataSource) {
        this.settings = settings;
        this.dataSource = dataSource;
    }

    /**
     * With the barrier's retention.
     *
     * @param dataSource where local transactions run; its primary
     */
    public static CheckBack of(Barrier barrier, DataSource dataSource) {
        return new CheckBack(barrier.settings(), dataSource);
    }

    /**
     * Says that the local transaction of that message was committed, by returning. Blocks.
     *
     * @throws Rejection if it was rolled back, or is from now on
     * @throws InProgress if it still runs
     * @throws BarrierExpired if the message is so old that its mark may have been purged
     * @throws SQLException if the database failed: ask again
     */
    public void check(String gid) throws SQLException {
        Branch asked = Branch.of(gid, "check-back", BranchOp.CHECK);
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
            Connection connection = borrowed.connection();
            LocalMark.Found found = SqlFailures.repeat(connection, asked, () -> ask(connection, gid));
            if (found != LocalMark.Found.COMMITTED) {
                throw new Rejection("ROLLED_BACK", "the local transaction of '" + gid + "' was rolled back").settled();
            }
        } catch (SQLException failure) {
            throw SqlFailures.translate(failure, asked, settings.table().ddl());
        }
    }

    private LocalMark.Found ask(Connection connection, String gid) throws SQLException {
        LocalMark.Found found = LocalMark.rollBack(connection, gid, PATIENCE);
        if (found == LocalMark.Found.HELD) {
            throw new InProgress(ASK_AGAIN_AFTER, "the local transaction of '" + gid + "' still runs");
        }
        if (found == LocalMark.Found.OURS) {
            refuseIfPurged(gid);
        }
        return found;
    }

    /** No mark of so old a message proves nothing. */
    private void refuseIfPurged(String gid) {
        if (Branch.current().filter(settings::mayBePurged).isPresent()) {
            throw new BarrierExpired("message '" + gid + "' is older than half of the barrier's retention of "
                    + settings.retention().toDays()
                    + " days, and no row tells what became of its local transaction; look"
                    + " what it did, then resolve the check-back by hand");
        }
    }
}

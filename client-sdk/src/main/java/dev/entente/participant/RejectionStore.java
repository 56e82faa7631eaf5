package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.participant.barrier.BarrierTimes;
import dev.entente.participant.barrier.BarrierVerdict;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores a rejection whose own transaction was rolled back, in one of its own. Meanwhile another call of the branch may
 * have come and gone: its row then stands, and decides what is answered.
 */
final class RejectionStore implements Rejection.Settlement {
    private static final Logger LOG = LoggerFactory.getLogger(RejectionStore.class);
    private static final Duration ASK_AGAIN_AFTER = Duration.ofMillis(500);
    private static final String SQL = """
        select set_config('lock_timeout', ?, true);
        insert into entente_barrier (gid, branch, op, verdict, fence, fence_base, reject_code, reject_message)
        values (?, ?, ?, 'rejected', ?, ?, ?, ?) on conflict (gid, branch, op) do nothing;
        select verdict from entente_barrier where gid = ? and branch = ? and op = ?;
        """;

    private final DataSource dataSource;
    private final BarrierTimes times;
    private final Branch branch;
    private final Rejection rejection;

    RejectionStore(DataSource dataSource, BarrierTimes times, Branch branch, Rejection rejection) {
        this.dataSource = dataSource;
        this.times = times;
        this.branch = branch;
        this.rejection = rejection;
    }

    /**
     * A rejection or its undo's mark stands: settled. Another call succeeded meanwhile: ask again and get its response.
     */
    @Override
    public BranchException settle() {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, times.longestAnswer())) {
            Connection connection = borrowed.connection();
            BarrierVerdict stands = LostRaces.repeat(connection, branch, () -> store(connection));
            return switch (stands) {
                case REJECTED, UNDONE -> rejection.settled();
                case DONE ->
                    new InProgress(
                            ASK_AGAIN_AFTER, branch + " was refused, but another call of it succeeded meanwhile");
            };
        } catch (SQLException | InProgress failure) {
            LOG.warn("{} is rejected, but the rejection could not be stored", branch, failure);
            return rejection;
        }
    }

    private BarrierVerdict store(Connection connection) throws SQLException {
        try (PreparedStatement store = connection.prepareStatement(SQL)) {
            store.setString(1, Math.max(1, times.longestWait().toMillis()) + "ms");
            key(store, 2);
            store.setLong(5, branch.fence());
            store.setInt(6, branch.fenceBase());
            store.setString(7, rejection.code());
            store.setString(8, rejection.detail());
            key(store, 9);
            store.execute();
            store.getMoreResults();
            store.getMoreResults();
            try (ResultSet row = store.getResultSet()) {
                row.next();
                return BarrierVerdict.of(row.getString(1));
            }
        }
    }

    private void key(PreparedStatement statement, int first) throws SQLException {
        statement.setString(first, branch.gid());
        statement.setString(first + 1, branch.name());
        statement.setString(first + 2, branch.op().text());
    }
}

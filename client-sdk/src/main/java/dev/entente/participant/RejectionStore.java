package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.participant.barrier.BarrierStatements;
import dev.entente.participant.barrier.BarrierTimes;
import dev.entente.participant.barrier.BarrierVerdict;
import java.sql.Connection;
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

    private final DataSource dataSource;
    private final BarrierStatements statements;
    private final BarrierTimes times;
    private final Branch branch;
    private final Rejection rejection;

    RejectionStore(DataSource dataSource, BarrierSettings settings, Branch branch, Rejection rejection) {
        this.dataSource = dataSource;
        this.statements = settings.statements();
        this.times = settings.times();
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
        return statements.rejectAlone(
                connection, branch.key(), times.longestWait(), rejection.code(), rejection.detail());
    }
}

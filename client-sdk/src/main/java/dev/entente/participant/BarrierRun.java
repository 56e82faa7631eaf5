package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SwallowedFailure;
import dev.entente.participant.barrier.BarrierTable;
import dev.entente.participant.barrier.BarrierTable.Standing;
import dev.entente.participant.barrier.BarrierVerdict;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a body behind the barrier, or bare for a call that is no branch's. */
final class BarrierRun<R> {
    private static final Logger LOG = LoggerFactory.getLogger(BarrierRun.class);

    private final BarrierSettings settings;
    private final Optional<Branch> branch;
    private final AnswerFormat<R> format;
    private final Barrier.Body<R> body;
    private @Nullable BarrierCall<R> call;

    BarrierRun(BarrierSettings settings, Optional<Branch> branch, AnswerFormat<R> format, Barrier.Body<R> body) {
        this.settings = settings;
        this.branch = branch;
        this.format = format;
        this.body = body;
    }

    /** In a transaction of its own. */
    R alone(Connection connection) throws SQLException {
        if (branch.isEmpty()) {
            return OwnTransaction.on(connection, () -> bare(connection));
        }
        Branch named = branch.get();
        return SqlFailures.repeat(connection, named, this::bodyHasRun, () -> pass(connection, named))
                .committed();
    }

    /** In the connection's transaction, which somebody else ends. */
    R inTransaction(Connection connection) throws SQLException {
        refuseAutoCommit(connection);
        if (branch.isEmpty()) {
            return bare(connection);
        }
        Passage<R> passage = pass(connection, branch.get());
        DataSource rejections = settings.rejections();
        if (passage instanceof Passage.Refused<R> refused && refused.recordedHere() && rejections != null) {
            Rejection rejection = refused.rejection();
            throw rejection.settledBy(() -> settle(rejections, settings, branch.get(), rejection));
        }
        return passage.response();
    }

    /** A body with no row of the barrier around it. */
    private R bare(Connection connection) throws SQLException {
        R response = body.run(connection);
        SwallowedFailure.refuse(connection);
        return response;
    }

    private Passage<R> pass(Connection connection, Branch named) throws SQLException {
        refuseAutoCommit(connection);
        BarrierCall<R> next = new BarrierCall<>(settings, connection, named, format, body);
        call = next;
        return next.pass();
    }

    private boolean bodyHasRun() {
        return call != null && call.hasRun();
    }

    /**
     * Stores a rejection whose own transaction was rolled back, in one of its own. Meanwhile another call of the branch
     * may have come and gone: its row then stands. A rejection or its undo's mark means settled. Where another call
     * succeeded, the coordinator asks again and gets its response.
     */
    private static BranchException settle(
            DataSource dataSource, BarrierSettings settings, Branch branch, Rejection rejection) {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
            Connection connection = borrowed.connection();
            BarrierTable table = settings.table();
            Standing standing = SqlFailures.repeat(connection, branch, () -> {
                String code = rejection.code();
                Standing stored = table.storeAlone(
                        connection,
                        branch.key(),
                        settings.longestWait(),
                        BarrierVerdict.REJECTED,
                        code,
                        rejection.detail());
                if (stored.isNew()) {
                    table.storeRejection(connection, branch.key(), code, rejection.detail(), rejection.answer());
                }
                return stored;
            });
            return standing.verdict() == BarrierVerdict.DONE
                    ? new InProgress(branch + " was refused, but another call of it succeeded meanwhile")
                    : rejection.settled();
        } catch (SQLException | InProgress failure) {
            LOG.warn("{} is rejected, but the rejection could not be stored", branch, failure);
            return rejection;
        }
    }

    /** Also of a data source whose connections do not let it be switched off. */
    private static void refuseAutoCommit(Connection connection) throws SQLException {
        if (connection.getAutoCommit()) {
            throw BarrierUnusable.autoCommit();
        }
    }
}

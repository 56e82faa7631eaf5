package dev.entente.participant;

import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SwallowedFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One run of a body behind the barrier, or bare for a call that is no branch's. */
final class BarrierRun<R> {
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
        Passage<R> passage =
                LostRaces.repeat(connection, branch.get(), this::bodyHasRun, () -> pass(connection, branch.get()));
        if (passage instanceof Passage.Refused<R> refused) {
            throw refused.recordedHere() ? refused.rejection().settled() : refused.rejection();
        }
        return ((Passage.Answered<R>) passage).response();
    }

    /** In the connection's transaction, which somebody else ends. */
    R inTransaction(Connection connection) throws SQLException {
        refuseAutoCommit(connection);
        if (branch.isEmpty()) {
            return bare(connection);
        }
        Passage<R> passage = pass(connection, branch.get());
        if (passage instanceof Passage.Refused<R> refused) {
            throw refused.recordedHere() ? toBeSettled(refused.rejection(), branch.get()) : refused.rejection();
        }
        return ((Passage.Answered<R>) passage).response();
    }

    /** A body with no row of the barrier around it. */
    R bare(Connection connection) throws SQLException {
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

    private Rejection toBeSettled(Rejection rejection, Branch named) {
        DataSource rejections = settings.rejections();
        return rejections == null
                ? rejection
                : rejection.settledBy(new RejectionStore(rejections, settings, named, rejection));
    }

    /** Also of a data source whose connections do not let it be switched off. */
    private static void refuseAutoCommit(Connection connection) throws SQLException {
        if (connection.getAutoCommit()) {
            throw BarrierUnusable.autoCommit();
        }
    }
}

package dev.entente.participant;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.CallersTransaction;
import dev.entente.jdbc.Sql;
import dev.entente.jdbc.SqlCondition;
import dev.entente.participant.barrier.BarrierTable;
import dev.entente.wire.CallMark;
import io.grpc.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings of a barrier that a user may change.
 *
 * @param table the table, in the SQL of its database
 * @param retention how long rows are kept
 * @param longestWait how long a call waits for another call of its branch
 * @param databaseTimeout how long to wait for a response of the database, without the wait for another call
 * @param rejections stores rejections whose own transaction is rolled back; null for none
 * @param allowsBareCalls whether bodies run outside of any call
 * @param watch checks each body once
 */
record BarrierSettings(
        BarrierTable table,
        Duration retention,
        Duration longestWait,
        Duration databaseTimeout,
        @Nullable DataSource rejections,
        Clock clock,
        boolean allowsBareCalls,
        BodyChecks watch) {
    private static final Logger LOG = LoggerFactory.getLogger(Barrier.class);

    BarrierSettings withTimes(Duration newRetention, Duration newWait, Duration newTimeout) {
        return new BarrierSettings(table, newRetention, newWait, newTimeout, rejections, clock, allowsBareCalls, watch);
    }

    BarrierSettings with(@Nullable DataSource newRejections, Clock newClock, boolean newBareCalls) {
        return new BarrierSettings(
                table, retention, longestWait, databaseTimeout, newRejections, newClock, newBareCalls, watch);
    }

    /** Returns the longest wait for a response of the database, including the wait for another call. */
    Duration longestAnswer() {
        return databaseTimeout.plus(longestWait);
    }

    /**
     * Borrows a connection without an open transaction, for a transaction of the SDK.
     *
     * @throws BarrierUnusable ENT-096 inside a transaction of the caller
     */
    BorrowedConnection borrow(DataSource dataSource) throws SQLException {
        if (CallersTransaction.isOnThread()) {
            throw BarrierUnusable.insideTransaction();
        }
        BorrowedConnection borrowed = BorrowedConnection.from(dataSource, longestAnswer());
        try {
            if (CallersTransaction.isOpenOn(borrowed.connection())) {
                throw BarrierUnusable.insideTransaction();
            }
            return borrowed;
        } catch (SQLException | RuntimeException refused) {
            borrowed.close();
            throw refused;
        }
    }

    /**
     * Returns the current call's branch; empty for a call without metadata, or outside of a call if bare calls are
     * allowed.
     *
     * @throws BarrierUnusable ENT-095 outside of any call that passed an interceptor
     */
    Optional<Branch> branch() {
        CallMark.reachBarrier();
        Optional<Branch> branch = Branch.current();
        if (branch.isEmpty() && !allowsBareCalls && !CallMark.isSet()) {
            BarrierUnusable bare = BarrierUnusable.bareCall();
            LOG.error("{}", bare.getMessage(), bare);
            throw bare;
        }
        return branch;
    }

    /** Runs a body without a row of the barrier. */
    <R> R bare(Connection connection, Barrier.Body<R> body) throws SQLException {
        R response = body.run(connection);
        try {
            new Sql(connection, table.dialect()).execute("select 1");
        } catch (SQLException failure) {
            throw SqlCondition.explained(failure);
        }
        return response;
    }

    Duration waitWithin(@Nullable Deadline deadline) {
        if (deadline == null) {
            return longestWait;
        }
        Duration left = Duration.ofMillis(deadline.timeRemaining(TimeUnit.MILLISECONDS));
        return left.compareTo(longestWait) < 0 ? left : longestWait;
    }

    /** Returns whether a transaction is so old that its rows may be purged. */
    boolean mayBePurged(Branch branch) {
        return branch.created()
                .filter(created -> created.isBefore(clock.instant().minus(retention.dividedBy(2))))
                .isPresent();
    }
}

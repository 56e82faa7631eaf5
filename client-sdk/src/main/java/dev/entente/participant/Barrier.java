package dev.entente.participant;

import com.google.protobuf.Message;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.participant.barrier.BarrierTable;
import dev.entente.wire.BarrierRows;
import dev.entente.wire.CallMark;
import dev.entente.wire.Times;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a handler idempotent and safe for late and out-of-order calls. The barrier stores one row per operation, in the
 * table {@code entente_barrier}, in the business's own transaction.
 *
 * <ul>
 *   <li>A <b>duplicate</b> does not run. The caller gets the first call's response or rejection.
 *   <li>An <b>undo without its forward call</b> does not run. The caller gets the default instance, and the barrier
 *       stores a mark.
 *   <li>A <b>late forward call</b> finds that mark and is refused.
 *   <li>A <b>completion</b> without a successful forward call is refused.
 *   <li>A <b>{@link Rejection}</b> rolls back the body's changes and is stored as the verdict of the forward call.
 *   <li>A call waits briefly for a concurrent call of its branch. If that call does not finish, the coordinator must
 *       retry.
 * </ul>
 *
 * <pre>{@code
 * ReserveResponse response = barrier.run(dataSource, ReserveResponse.getDefaultInstance(), connection -> {
 *   …                                                       // statements on this connection only
 *   if (nothingLeft) throw new Rejection("OUT_OF_STOCK", "fewer than 2 of A-1");
 *   return ReserveResponse.newBuilder()….build();
 * });
 * }</pre>
 *
 * <p>The barrier reads the call's identity from {@link Branch#current()}, which {@link BranchInterceptor} provides. A
 * call that passed the interceptor without metadata (such as from grpcurl) runs the body without a row. Outside of
 * intercepted calls the barrier refuses to work (ENT-095): pass the branch, or use {@link #allowBareCalls()}. Use the
 * barrier once per call. Immutable and thread-safe. DTM introduced sub-transaction barriers.
 */
public final class Barrier {
    private static final Logger LOG = LoggerFactory.getLogger(Barrier.class);
    private static final int PURGED_AT_ONCE = 1000;

    private final BarrierSettings settings;

    /**
     * The business's part of a call.
     *
     * @param <R> the response
     */
    @FunctionalInterface
    public interface Body<R> {
        /**
         * Does the work on this connection only, and neither commits nor rolls back (ENT-097). After a failed statement
         * PostgreSQL can only roll back. If the body catches the exception and returns, the coordinator calls again,
         * unless the body rolled back to a savepoint of its own. MariaDB rolls back only the statement, but a deadlock
         * ends the transaction: let that exception propagate (ENT-097).
         *
         * @return the response; never null
         * @throws Rejection to refuse for a business reason; the changes on the connection are rolled back
         * @throws SQLException if the database failed: all changes are rolled back, and the coordinator calls again
         */
        R run(Connection connection) throws SQLException;
    }

    private Barrier(BarrierSettings settings) {
        this.settings = settings;
    }

    /** Returns a barrier for PostgreSQL: retention 30 days, wait at most 1 second, database timeout 1 minute. */
    public static Barrier postgres() {
        return on(Dialect.POSTGRES);
    }

    /**
     * Returns a barrier for MariaDB 10.6 or newer, with InnoDB; otherwise as {@link #postgres}. MySQL 8 is not tested.
     * Waits for other calls are rounded up to seconds. {@link XaParticipant} supports PostgreSQL only.
     */
    public static Barrier mariadb() {
        return on(Dialect.MARIADB);
    }

    private static Barrier on(Dialect dialect) {
        BarrierTable table = new BarrierTable(dialect);
        return new Barrier(new BarrierSettings(
                table,
                Duration.ofDays(30),
                Duration.ofSeconds(1),
                BorrowedConnection.LONGEST_ANSWER,
                null,
                Clock.systemUTC(),
                false,
                new BodyChecks(table)));
    }

    /**
     * Sets how long rows are kept. The barrier answers with {@link BarrierExpired} if it has no row and the transaction
     * is older than half of the retention. Choose at least twice the duration of your longest transaction.
     *
     * @throws IllegalArgumentException if it is less than two days: a coordinator may repeat a call for that long
     */
    public Barrier withRetention(Duration retention) {
        if (retention.compareTo(Duration.ofDays(2)) < 0) {
            throw new IllegalArgumentException(
                    "a retention of " + retention + " is too short for repeated calls; keep rows at least two days");
        }
        return new Barrier(settings.withTimes(retention, settings.longestWait(), settings.databaseTimeout()));
    }

    /**
     * Sets how long a call waits for another call of its branch before it is answered with {@link InProgress}. The
     * default is one second. The wait never exceeds the call's deadline.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Barrier withWait(Duration longest) {
        Times.positive(longest, "the wait");
        return new Barrier(settings.withTimes(settings.retention(), longest, settings.databaseTimeout()));
    }

    /**
     * Sets how long the barrier waits for a response of the database on a connection from a data source. After this
     * time the connection counts as broken. The default is one minute. The wait for another call is added. The limit
     * also applies to the body's statements. A network timeout that the connection already has, such as the driver's
     * {@code socketTimeout}, is kept.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Barrier withDatabaseTimeout(Duration longest) {
        Times.positive(longest, "the database's timeout");
        return new Barrier(settings.withTimes(settings.retention(), settings.longestWait(), longest));
    }

    /**
     * Stores rejections in a separate transaction on this data source, for {@link #run(Connection, Message, Body)}
     * under a framework. A framework rolls its transaction back when a {@link Rejection} passes through. {@link
     * BranchInterceptor} or {@link #settle} then stores the verdict after that rollback and before the answer. Without
     * this setting the rejection is not stored, and the coordinator may have to undo the branch to be sure.
     */
    public Barrier withRejectionsStoredIn(DataSource dataSource) {
        return new Barrier(settings.with(dataSource, settings.clock(), settings.allowsBareCalls()));
    }

    /**
     * Allows bodies outside of any call, for jobs and tests. Each run then executes the body. Never use this setting in
     * a server.
     */
    public Barrier allowBareCalls() {
        return new Barrier(settings.with(settings.rejections(), settings.clock(), true));
    }

    BarrierSettings settings() {
        return settings;
    }

    Barrier withClock(Clock clock) {
        return new Barrier(settings.with(settings.rejections(), clock, settings.allowsBareCalls()));
    }

    /**
     * Runs the body and the barrier's row in one transaction of the barrier, and commits it. Blocks.
     *
     * @param prototype the response's default instance: parses a stored response, and answers an undo without its
     *     forward call
     * @return the body's response, or the stored response
     * @throws Rejection of the body, from this call or the first one
     * @throws InProgress if another call of this branch is still running
     * @throws BarrierUnusable if there is no call (ENT-095), inside a transaction of the caller (ENT-096), if the table
     *     is missing (ENT-091), or if the body ends the transaction (ENT-097)
     * @throws SQLException if the database failed; the result of the commit may be unknown, so answer UNAVAILABLE to be
     *     called again
     */
    public <R extends Message> R run(DataSource dataSource, R prototype, Body<R> body) throws SQLException {
        return run(dataSource, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(DataSource, Message, Body)}, for responses other than protobuf, such as records in JSON. */
    public <R> R run(DataSource dataSource, AnswerFormat<R> format, Body<R> body) throws SQLException {
        Optional<Branch> branch = settings.branch();
        try (BorrowedConnection borrowed = settings.borrow(dataSource)) {
            Connection connection = borrowed.connection();
            return branch.isEmpty()
                    ? OwnTransaction.on(connection, () -> settings.bare(connection, body))
                    : new BarrierCall<>(settings, connection, branch.get(), format, body).alone();
        }
    }

    /**
     * As {@link #run(DataSource, Message, Body)}, for a given branch: use it where there is no interceptor. Blocks.
     *
     * @param branch {@link Branch#current()} inside the body
     */
    public <R extends Message> R run(Branch branch, DataSource dataSource, R prototype, Body<R> body)
            throws SQLException {
        return run(branch, dataSource, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(Branch, DataSource, Message, Body)}, for responses other than protobuf. */
    public <R> R run(Branch branch, DataSource dataSource, AnswerFormat<R> format, Body<R> body) throws SQLException {
        return branch.within(() -> run(dataSource, format, body));
    }

    /**
     * Runs the body and the barrier's row in the connection's open transaction, which the caller ends. The caller
     * commits after a response and, if possible, after a {@link Rejection} (see {@link #withRejectionsStoredIn}). The
     * caller rolls back after any other exception. Do not change data in that transaction before this call: a duplicate
     * would repeat the change.
     *
     * @param prototype as in {@link #run(DataSource, Message, Body)}
     * @throws BarrierUnusable if the connection is in autocommit mode (ENT-090), if the table is missing (ENT-091),
     *     outside of any call (ENT-095), or if the body ends the transaction (ENT-097)
     */
    public <R extends Message> R run(Connection connection, R prototype, Body<R> body) throws SQLException {
        return run(connection, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(Connection, Message, Body)}, for responses other than protobuf. */
    public <R> R run(Connection connection, AnswerFormat<R> format, Body<R> body) throws SQLException {
        Optional<Branch> branch = settings.branch();
        BarrierCall.refuseAutoCommit(connection);
        return branch.isEmpty()
                ? settings.bare(connection, body)
                : new BarrierCall<>(settings, connection, branch.get(), format, body).inTransaction();
    }

    /** As {@link #run(Connection, Message, Body)}, for a given branch: use it where there is no interceptor. Blocks. */
    public <R extends Message> R run(Branch branch, Connection connection, R prototype, Body<R> body)
            throws SQLException {
        return run(branch, connection, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(Branch, Connection, Message, Body)}, for responses other than protobuf. */
    public <R> R run(Branch branch, Connection connection, AnswerFormat<R> format, Body<R> body) throws SQLException {
        return branch.within(() -> run(connection, format, body));
    }

    /**
     * Answers a unary call with the result of {@link #run(DataSource, Message, Body)}. The answer is the response, the
     * refusal, or UNAVAILABLE if the database failed, so that the coordinator calls again. Other exceptions propagate.
     * Blocks.
     */
    public <R extends Message> void unary(StreamObserver<R> answer, DataSource dataSource, R prototype, Body<R> body) {
        R response;
        try {
            response = run(dataSource, prototype, body);
        } catch (BranchException exception) {
            if (!CallMark.isSet() && Branch.current().isPresent()) {
                CallLog.verdict(Branch.required(), exception); // without an interceptor this method logs the verdict
            }
            answer.onError(exception.asStatus());
            return;
        } catch (StatusRuntimeException no) {
            answer.onError(no);
            return;
        } catch (SQLException broken) {
            LOG.warn("the database failed: the response is UNAVAILABLE, and the call will be repeated", broken);
            answer.onError(Status.UNAVAILABLE
                    .withDescription("the participant's database failed")
                    .withCause(broken)
                    .asRuntimeException());
            return;
        }
        answer.onNext(response);
        answer.onCompleted();
    }

    /**
     * Stores the verdict of a rejection that {@link #run(Connection, Message, Body)} threw. Call it after the
     * transaction has ended and before the answer. {@link BranchInterceptor} calls it for gRPC; other servers call it
     * themselves. Blocks.
     *
     * @return the exception to answer with: usually the same rejection, {@link Rejection#isSettled() settled}
     */
    public static BranchException settle(Rejection rejection) {
        return rejection.afterTransaction();
    }

    /**
     * Stores the verdict as {@link #settle(Rejection)} does, in a transaction that the caller has just begun and
     * commits afterwards. Use this method with a framework that can begin another transaction in the database of the
     * first transaction. Nothing is stored if the connection uses another database or schema than the first
     * transaction, or if an earlier transaction is open on it.
     *
     * @return the exception to answer with after the commit; the same rejection, not settled, if nothing was stored:
     *     then call {@link #settle(Rejection)} before the answer
     * @throws SQLException if the database failed: roll back, and call {@link #settle(Rejection)} before the answer
     */
    public static BranchException settle(Rejection rejection, Connection connection) throws SQLException {
        return rejection.afterTransaction(connection);
    }

    /** Returns the statements that create the table, for your migrations. */
    public String ddl() {
        return settings.table().ddl();
    }

    /** Creates the table if it does not exist. Several processes may call this concurrently. Blocks. */
    public void createTable(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    /**
     * Deletes rows older than the retention, a thousand per transaction. Run it once a day. Blocks.
     *
     * @return the number of deleted rows
     */
    public long purge(DataSource dataSource) throws SQLException {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
            Connection connection = borrowed.connection();
            long purged = 0;
            int last;
            do {
                last = OwnTransaction.on(
                        connection, () -> settings.table().purge(connection, settings.retention(), PURGED_AT_ONCE));
                purged += last;
            } while (last == PURGED_AT_ONCE);
            return purged;
        }
    }

    /**
     * Returns a reader of the table's rows for {@code ParticipantStream.Builder.barrier}. {@code entente reconcile}
     * then compares the rows with the coordinator's records.
     */
    public BarrierRows rows(DataSource dataSource) {
        return (key, gids, limit) -> {
            try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
                return settings.table().rows(borrowed.connection(), key, gids, limit);
            }
        };
    }
}

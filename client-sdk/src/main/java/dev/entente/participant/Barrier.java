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
 * Makes a handler safe to call again, out of order and late, by one row in the business's own transaction: the table
 * {@code entente_barrier}.
 *
 * <ul>
 *   <li>A <b>duplicate</b> does not run; it is answered with the first call's response, or with its rejection.
 *   <li>An <b>undo whose forward call never came</b> does not run; it is answered with the default instance, and leaves
 *       a mark.
 *   <li>A <b>late forward call</b> finds that mark and is refused.
 *   <li>A <b>completion</b> whose forward call was never done is refused.
 *   <li>A <b>{@link Rejection}</b> rolls back what the body did, and is stored as the verdict of the forward call.
 *   <li>A call that meets another one of its branch, still running, waits a little, then asks the coordinator to come
 *       back.
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
 * <p>Which call it is, the barrier reads from {@link Branch#current()}, which {@link BranchInterceptor} provides. A
 * call that passed the interceptor without metadata (a person with grpcurl) just runs the body; outside of any such
 * call the barrier refuses to work (ENT-095): name the branch, or {@link #allowBareCalls()}. One call passes the
 * barrier once. Immutable and thread-safe. The idea of sub-transaction barriers is DTM's.
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
         * Does the work on this connection and no other, neither committing nor rolling it back (ENT-097). Where a
         * statement fails, PostgreSQL keeps nothing of the transaction: a body that catches the exception and returns
         * all the same is not answered but called again, unless it went back to a savepoint of its own. MariaDB
         * takes back that statement alone; but a deadlock ends its transaction, so let that exception pass (ENT-097).
         *
         * @return the response; never null
         * @throws Rejection for a business no; what was done on the connection is rolled back
         * @throws SQLException if the database failed: everything is rolled back, and the coordinator asks again
         */
        R run(Connection connection) throws SQLException;
    }

    private Barrier(BarrierSettings settings) {
        this.settings = settings;
    }

    /** For PostgreSQL: rows kept 30 days, waits of at most a second, answers of the database awaited for a minute. */
    public static Barrier postgres() {
        return on(Dialect.POSTGRES);
    }

    /**
     * For MariaDB 10.6 and newer, and for MySQL 8, with InnoDB; otherwise as {@link #postgres}. Waits for other calls
     * are counted in whole seconds. {@link XaParticipant} is for PostgreSQL alone.
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
                new BodyWatch(table)));
    }

    /**
     * How long rows are kept. A transaction older than half of it, of which no row is found, is answered with {@link
     * BarrierExpired}; so keep them at least twice as long as your longest transaction takes.
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
     * Sets how long a call waits for another one of its branch before it is answered with {@link InProgress}. It is a
     * second unless set, and never longer than the call's deadline.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Barrier withWait(Duration longest) {
        Times.positive(longest, "the wait");
        return new Barrier(settings.withTimes(settings.retention(), longest, settings.databaseTimeout()));
    }

    /**
     * Sets how long an answer of the database is awaited on a connection that the barrier borrows from a data source.
     * It holds for the body's statements too, beyond the wait for another call; a minute unless set. Then the
     * connection counts as broken. One that has a network timeout of its own, as by the driver's {@code socketTimeout},
     * keeps it.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Barrier withDatabaseTimeout(Duration longest) {
        Times.positive(longest, "the database's timeout");
        return new Barrier(settings.withTimes(settings.retention(), settings.longestWait(), longest));
    }

    /**
     * Stores rejections in a transaction of their own on this data source, for {@link #run(Connection, Message, Body)}
     * under a framework. Such a framework rolls its transaction back when a {@link Rejection} passes through it;
     * {@link BranchInterceptor}, or {@link #settle}, then stores the verdict after that rollback and before the answer.
     * Without it such rejections are answered, but not stored, and the coordinator may have to undo the branch to be
     * sure.
     */
    public Barrier withRejectionsStoredIn(DataSource dataSource) {
        return new Barrier(settings.with(dataSource, settings.clock(), settings.allowsBareCalls()));
    }

    /**
     * For jobs and tests: outside of any call the body just runs, and runs again each time. Never for a server.
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
     * Runs the body and the barrier's row in one transaction of its own, and commits it. Blocks.
     *
     * @param prototype the response's default instance: how a stored response is read, and what an undo without its
     *     forward call answers
     * @return the body's response, or the stored one
     * @throws Rejection of the body, now or the first time
     * @throws InProgress if another call of this branch is still running
     * @throws BarrierUnusable if this is outside of any call (ENT-095) or inside a transaction of the caller (ENT-096),
     *     if the table is missing (ENT-091), or if the body ends the transaction (ENT-097)
     * @throws SQLException if the database failed; whether the commit happened may be unknown, so answer UNAVAILABLE
     *     and be called again
     */
    public <R extends Message> R run(DataSource dataSource, R prototype, Body<R> body) throws SQLException {
        return run(dataSource, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(DataSource, Message, Body)}, for answers other than protobuf, such as records kept as JSON. */
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
     * As {@link #run(DataSource, Message, Body)}, for that branch: where no interceptor could tell. Blocks.
     *
     * @param branch {@link Branch#current()} inside the body
     */
    public <R extends Message> R run(Branch branch, DataSource dataSource, R prototype, Body<R> body)
            throws SQLException {
        return run(branch, dataSource, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(Branch, DataSource, Message, Body)}, for answers other than protobuf. */
    public <R> R run(Branch branch, DataSource dataSource, AnswerFormat<R> format, Body<R> body) throws SQLException {
        return branch.within(() -> run(dataSource, format, body));
    }

    /**
     * Runs the body and the barrier's row in the connection's open transaction, which the caller ends. He commits after
     * a response and, if he can, after a {@link Rejection} (see {@link #withRejectionsStoredIn}), and rolls back after
     * any other exception. Nothing else may have been changed in that transaction before: a duplicate would change it
     * again.
     *
     * @param prototype as in {@link #run(DataSource, Message, Body)}
     * @throws BarrierUnusable if the connection is in autocommit mode (ENT-090), the table is missing (ENT-091), this
     *     is outside of any call (ENT-095), or the body ends the transaction (ENT-097)
     */
    public <R extends Message> R run(Connection connection, R prototype, Body<R> body) throws SQLException {
        return run(connection, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(Connection, Message, Body)}, for answers other than protobuf. */
    public <R> R run(Connection connection, AnswerFormat<R> format, Body<R> body) throws SQLException {
        Optional<Branch> branch = settings.branch();
        BarrierCall.refuseAutoCommit(connection);
        return branch.isEmpty()
                ? settings.bare(connection, body)
                : new BarrierCall<>(settings, connection, branch.get(), format, body).inTransaction();
    }

    /** As {@link #run(Connection, Message, Body)}, for that branch: where no interceptor could tell. Blocks. */
    public <R extends Message> R run(Branch branch, Connection connection, R prototype, Body<R> body)
            throws SQLException {
        return run(branch, connection, AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #run(Branch, Connection, Message, Body)}, for answers other than protobuf. */
    public <R> R run(Branch branch, Connection connection, AnswerFormat<R> format, Body<R> body) throws SQLException {
        return branch.within(() -> run(connection, format, body));
    }

    /**
     * Answers a unary call with the result of {@link #run(DataSource, Message, Body)}: the response, the no, or
     * UNAVAILABLE. The last is for a database that failed, so that the call comes again. Other exceptions pass. Blocks.
     */
    public <R extends Message> void unary(StreamObserver<R> answer, DataSource dataSource, R prototype, Body<R> body) {
        R response;
        try {
            response = run(dataSource, prototype, body);
        } catch (BranchException said) {
            if (!CallMark.isSet() && Branch.current().isPresent()) {
                CallLog.verdict(Branch.required(), said); // there is no interceptor that does it
            }
            answer.onError(said.asStatus());
            return;
        } catch (StatusRuntimeException no) {
            answer.onError(no);
            return;
        } catch (SQLException broken) {
            LOG.warn("the database failed: the call is answered UNAVAILABLE and will be repeated", broken);
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
     * Stores the verdict of a rejection that {@link #run(Connection, Message, Body)} threw, once its transaction has
     * ended. {@link BranchInterceptor} does this by itself; servers other than gRPC's call it before they answer.
     * Blocks.
     *
     * @return what to answer: mostly the same rejection, {@link Rejection#isSettled() settled}
     */
    public static BranchException settle(Rejection rejection) {
        return rejection.afterTransaction();
    }

    /**
     * Stores the verdict as {@link #settle(Rejection)} does, in the transaction that the caller has just begun on the
     * connection and commits afterwards. For a framework that can begin another transaction in the database of the first
     * one. Nothing is stored if the connection leads to another database or schema than the first transaction, or if a
     * transaction that began earlier is open on it.
     *
     * @return the answer to send once the transaction is committed; the same rejection, not settled, if nothing was
     *     stored: then call {@link #settle(Rejection)} before the answer
     * @throws SQLException if the database failed: roll back, and call {@link #settle(Rejection)} before the answer
     */
    public static BranchException settle(Rejection rejection, Connection connection) throws SQLException {
        return rejection.afterTransaction(connection);
    }

    /** The statements that create the table, for your migrations. */
    public String ddl() {
        return settings.table().ddl();
    }

    /** Creates the table if it is not there. Several processes may do this at once. Blocks. */
    public void createTable(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    /**
     * Deletes rows older than the retention, a thousand per transaction; run it once a day. Blocks.
     *
     * @return how many rows went
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
     * Reads what the table has on record, for {@code ParticipantStream.Builder.barrier}: then {@code entente reconcile}
     * can compare it with what the coordinator has.
     */
    public BarrierRows rows(DataSource dataSource) {
        return (key, gids, limit) -> {
            try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
                return settings.table().rows(borrowed.connection(), key, gids, limit);
            }
        };
    }
}

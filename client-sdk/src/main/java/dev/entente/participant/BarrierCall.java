package dev.entente.participant;

import dev.entente.jdbc.BodyConnection;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.CallersTransaction;
import dev.entente.jdbc.SqlCondition;
import dev.entente.participant.barrier.BarrierRow;
import dev.entente.participant.barrier.BarrierTable;
import dev.entente.participant.barrier.BarrierTable.StoredState;
import dev.entente.participant.barrier.BarrierVerdict;
import dev.entente.participant.barrier.ClaimedKeys;
import dev.entente.wire.StoredAnswer;
import dev.entente.wire.TriedChildren;
import io.grpc.Context;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The run of one call through the barrier. */
final class BarrierCall<R> {
    private static final Logger LOG = LoggerFactory.getLogger(BarrierCall.class);

    private final BarrierSettings settings;
    private final Connection connection;
    private final Branch branch;
    private final AnswerFormat<R> format;
    private final BodySavepoint savepoint;
    private final Barrier.Body<R> body;
    private boolean hasRun;

    BarrierCall(
            BarrierSettings settings,
            Connection connection,
            Branch branch,
            AnswerFormat<R> format,
            Barrier.Body<R> body)
            throws SQLException {
        this.settings = settings;
        this.connection = connection;
        this.branch = branch;
        this.format = format;
        this.savepoint = BodySavepoint.on(connection, settings.table());
        this.body = body;
    }

    /** Runs the call in a transaction of its own. */
    R alone() throws SQLException {
        return SqlFailures.repeat(connection, branch, this::hasRun, () -> {
                    refuseAutoCommit(connection);
                    return pass();
                })
                .committed();
    }

    /** Runs the call in the connection's transaction, which the caller ends. */
    R inTransaction() throws SQLException {
        BarrierResult<R> result = pass();
        DataSource rejections = settings.rejections();
        if (result instanceof BarrierResult.Refused<R> refused && refused.recordedHere() && rejections != null) {
            throw refused.rejection().settledBy(new PendingVerdict(rejections, refused.rejection(), place(connection)));
        }
        return result.response();
    }

    /** Also refuses a data source whose connections do not allow autocommit to be switched off. */
    static void refuseAutoCommit(Connection connection) throws SQLException {
        if (connection.getAutoCommit()) {
            throw BarrierUnusable.autoCommit();
        }
    }

    /** Returns the database and the schema of a connection, without the parameters of its URL. */
    private static List<@Nullable String> place(Connection connection) throws SQLException {
        String url = String.valueOf(connection.getMetaData().getURL()).replaceFirst("[?].*", "");
        return Arrays.asList(url, connection.getCatalog(), connection.getSchema());
    }

    /** The pending verdict of a rejection whose own transaction is rolled back. */
    private final class PendingVerdict implements Rejection.VerdictStore {
        private final DataSource dataSource;
        private final Rejection rejection;
        private final List<@Nullable String> place;

        PendingVerdict(DataSource dataSource, Rejection rejection, List<@Nullable String> place) {
            this.dataSource = dataSource;
            this.rejection = rejection;
            this.place = place;
        }

        @Override
        public BranchException alone() {
            try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.longestAnswer())) {
                Connection fresh = borrowed.connection();
                if (!place(fresh).equals(place)) {
                    LOG.warn(
                            "{} is rejected, and its verdict is not stored: its transaction ran in {}, but the data"
                                    + " source now leads to {}; a routing data source must keep its route from the"
                                    + " transaction until the response",
                            branch,
                            place,
                            place(fresh));
                    return rejection;
                }
                return SqlFailures.repeat(fresh, branch, () -> stored(fresh));
            } catch (SQLException | InProgress failure) {
                LOG.warn("{} is rejected, but the rejection could not be stored", branch, failure);
                return rejection;
            }
        }

        @Override
        public @Nullable BranchException in(Connection fresh) throws SQLException {
            return CallersTransaction.isOpenOn(fresh) || !place(fresh).equals(place) ? null : stored(fresh);
        }

        /**
         * Stores the verdict, unless another call of the branch stored one after the rollback. A stored rejection or
         * the mark of an undo makes the rejection settled. After a success of the other call, the coordinator repeats
         * the call and gets the stored response.
         */
        private BranchException stored(Connection fresh) throws SQLException {
            BarrierTable table = settings.table();
            String code = rejection.code();
            StoredState storedState = table.storeAlone(
                    fresh, branch.key(), settings.longestWait(), BarrierVerdict.REJECTED, code, rejection.detail());
            if (storedState.isNew()) {
                table.storeRejection(fresh, branch.key(), code, rejection.detail(), rejection.answer());
            }
            return storedState.verdict() == BarrierVerdict.DONE
                    ? new InProgress(branch + " was refused, but another call of this branch succeeded in the meantime")
                    : rejection.settled();
        }
    }

    /**
     * Runs the call through the barrier in an open transaction, which the caller ends. After any exception the caller
     * must roll back. A refusal is returned, not thrown, and may be committed.
     */
    BarrierResult<R> pass() throws SQLException {
        return switch (branch.op().role()) {
            case FORWARD -> forward(claim());
            case COMPLETION -> completion(claim());
            case UNDO -> undo(claim());
            case QUESTION ->
                throw new IllegalStateException(
                        branch + " only asks for a result; Barrier.run is for operations with an effect");
        };
    }

    /** Returns whether the body has started. */
    boolean hasRun() {
        return hasRun;
    }

    private BarrierResult<R> forward(ClaimedKeys claim) throws SQLException {
        if (!claim.ownClaimed()) {
            return again(found(claim.own()));
        }
        if (isExpired()) {
            settings.table().release(connection, branch.key());
            throw expired();
        }
        try {
            return answered(run());
        } catch (Rejection rejection) {
            savepoint.rollBack(branch);
            settings.table()
                    .storeRejection(connection, branch.key(), rejection.code(), rejection.detail(), rejection.answer());
            return new BarrierResult.Refused<>(rejection, true);
        }
    }

    private BarrierResult<R> completion(ClaimedKeys claim) throws SQLException {
        if (!claim.ownClaimed()) {
            return again(found(claim.own()));
        }
        BarrierRow forward = found(claim.forward());
        if (claim.forwardClaimed() || forward.verdict() != BarrierVerdict.DONE) {
            savepoint.rollBack(branch);
            throw claim.forwardClaimed() && isExpired() ? expired() : new ForwardCallMissing(branch);
        }
        return after(forward);
    }

    /**
     * Runs the undo. Without a forward call, the row of the forward key stays UNDONE, so that a late forward call is
     * refused. If the forward call was refused or undone, there is nothing to undo.
     */
    private BarrierResult<R> undo(ClaimedKeys claim) throws SQLException {
        if (!claim.ownClaimed()) {
            return again(found(claim.own()));
        }
        if (claim.forwardClaimed() && isExpired()) {
            savepoint.rollBack(branch);
            throw expired();
        }
        BarrierRow forward = found(claim.forward());
        return forward.verdict() == BarrierVerdict.DONE ? after(forward) : answered(format.none());
    }

    /**
     * Runs the body of an undo or completion. Its rejection is not stored: an operator may remove the cause, and the
     * coordinator calls again.
     */
    private BarrierResult<R> after(BarrierRow forward) throws SQLException {
        try {
            return answered(branch.withForwardResponse(response(forward)).within(this::run));
        } catch (Rejection rejection) {
            savepoint.rollBack(branch);
            return new BarrierResult.Refused<>(rejection, false);
        }
    }

    /** Runs the body on a connection that refuses to end the transaction. */
    private R run() throws SQLException {
        hasRun = true;
        try {
            return settings.watch().run(branch, BodyConnection.of(connection, BarrierUnusable::bodyEnds), body);
        } catch (Rejection no) {
            throw no;
        } catch (SQLException | RuntimeException failure) {
            refuseEnded(failure);
            throw failure;
        }
    }

    /**
     * Rolls back to the savepoint, which fails if the body has ended the transaction by a statement.
     *
     * @throws BarrierUnusable ENT-097 if the transaction had ended; the failure is a suppressed exception
     */
    private void refuseEnded(Exception failure) {
        try {
            if (!isAllRolledBack(failure)) {
                savepoint.rollBack(branch);
            }
        } catch (BarrierUnusable ended) {
            ended.addSuppressed(failure);
            throw ended;
        } catch (SQLException broken) {
            failure.addSuppressed(broken);
        }
    }

    private boolean isAllRolledBack(Exception failure) throws SQLException {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof SQLException known
                    && settings.table().isAllRolledBackBy(connection, branch.key(), known)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Stores the response, also an empty response. A row without a response shows that the body committed the
     * transaction. The statement also detects a failed transaction: after a failed statement PostgreSQL's COMMIT
     * silently rolls back.
     */
    private BarrierResult<R> answered(R response) throws SQLException {
        Objects.requireNonNull(
                response, "the barrier's body returned null; return the response, or its default instance");
        boolean isStillInside;
        try {
            isStillInside = settings.table().storeResponse(connection, branch.key(), format.store(response), tried());
        } catch (SQLException failure) {
            throw SqlCondition.explained(failure);
        }
        if (!isStillInside) {
            throw BarrierUnusable.bodyEnded(branch, null);
        }
        return new BarrierResult.Answered<>(response);
    }

    /**
     * Returns the names that the answer of this try contains: the children that were tried before the body or in the
     * body.
     */
    private String tried() {
        TriedChildren children = TriedChildren.current();
        return children == null || branch.op() != BranchOp.TRY ? "" : children.text();
    }

    /** Repeats the names of the first answer, because the body that tried these children does not run again. */
    private static void nameAgain(BarrierRow row) {
        TriedChildren children = TriedChildren.current();
        if (children != null) {
            children.addAll(row.tried());
        }
    }

    /** Returns the outcome of the first call. */
    private BarrierResult<R> again(BarrierRow row) throws SQLException {
        if (row.fence().isRaisedBy(branch.callFence())) {
            settings.table().raiseFence(connection, branch.key());
        }
        return switch (row.verdict()) {
            case DONE -> {
                nameAgain(row);
                yield new BarrierResult.Answered<>(format.restore(response(row)));
            }
            case REJECTED ->
                new BarrierResult.Refused<>(
                        new Rejection(row.rejectCode(), row.rejectMessage())
                                .answeredWith(row.answer())
                                .settled(),
                        false);
            case UNDONE ->
                new BarrierResult.Refused<>(
                        new Rejection("ALREADY_UNDONE", branch + " arrived after its undo and was not done").settled(),
                        false);
        };
    }

    private ClaimedKeys claim() throws SQLException {
        ClaimedKeys claim;
        try {
            claim = claimKeys();
        } catch (SQLException failure) {
            String wrong = SqlCondition.wrongConnection(connection, failure);
            throw wrong == null
                    ? SqlFailures.translate(failure, branch, settings.table().ddl())
                    : BarrierUnusable.wrongTransaction(wrong);
        }
        if (claim.newer() > 0) {
            throw new StaleFence(branch, branch.fence(), claim.newer());
        }
        return claim;
    }

    /** Sets the savepoint after a forward operation's claim, and before the claim of other operations. */
    private ClaimedKeys claimKeys() throws SQLException {
        boolean isForward = branch.op().role() == BranchOp.Role.FORWARD;
        if (!isForward) {
            savepoint.set();
        }
        Duration wait = settings.waitWithin(Context.current().getDeadline());
        ClaimedKeys claim = settings.table().claim(connection, branch.key(), wait, savepoint.statement());
        if (isForward) {
            savepoint.set();
        }
        return claim;
    }

    /**
     * Returns the stored answer of an operation that was done.
     *
     * @throws BarrierUnusable ENT-097 if the operation's body ended the transaction, because the body's progress is
     *     unknown
     */
    private StoredAnswer response(BarrierRow row) {
        StoredAnswer answer = row.answer();
        if (answer == null) {
            throw BarrierUnusable.bodyEnded(branch, null);
        }
        return answer;
    }

    /**
     * Returns the row. The row is missing only if it was purged between two statements or if a stricter isolation level
     * hides it.
     */
    private BarrierRow found(Optional<BarrierRow> row) {
        return row.orElseThrow(() -> new InProgress(
                branch + " conflicts with another call of its branch that this transaction cannot see yet"));
    }

    private boolean isExpired() {
        return settings.mayBePurged(branch);
    }

    private BarrierExpired expired() {
        return new BarrierExpired(branch + " belongs to a transaction accepted at "
                + branch.created().orElseThrow() + ", more than half of the barrier's "
                + "retention of " + settings.retention().toDays()
                + " days ago, and no row shows whether it was called before; check its effect, then resolve the branch"
                + " manually");
    }
}

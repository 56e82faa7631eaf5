package dev.entente.participant;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.participant.barrier.BarrierKey;
import dev.entente.participant.barrier.BarrierTable;
import dev.entente.participant.barrier.BarrierTable.StoredState;
import dev.entente.participant.barrier.BarrierVerdict;
import dev.entente.wire.Decision;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in two-phase transactions with PostgreSQL's {@code PREPARE TRANSACTION}. {@link #prepare} does the work
 * and prepares the transaction; {@link #commit} and {@link #rollback} finish it. Calls may be repeated, late, or out of
 * order.
 *
 * <p>The barrier's row is part of the prepared transaction. Thus the row is invisible before the commit, and an insert
 * of the same key waits for the prepared transaction. A rollback leaves only the mark that refuses a late prepare. The
 * prepared transaction is named {@code ent/<gid>/<branch>}, so that every operator can find it.
 *
 * <pre>{@code
 * XaParticipant xa = XaParticipant.of(Barrier.postgres(), dataSource);
 * // prepare:
 * TakeResponse taken = TakeResponse.getDefaultInstance();
 * answer.onNext(xa.prepare(taken, connection -> { …; return taken; }));
 * // commit, rollback:
 * xa.commit();
 * xa.rollback();
 * // every minute or so:
 * xa.sweep(Duration.ofMinutes(1), entente.transactions()::decision);
 * }</pre>
 *
 * <p>PostgreSQL's {@code max_prepared_transactions} must be at least the number of branches that are prepared at one
 * time. The same database user must prepare and finish. The call's identity comes from {@link Branch#current()}. A call
 * without Entente's metadata runs the body of a prepare and commits. Outside of any call a prepare is refused
 * (ENT-095). Thread-safe.
 */
public final class XaParticipant {
    private static final Logger LOG = LoggerFactory.getLogger(XaParticipant.class);
    /** A concurrent prepare between the rollback and the mark is rolled back in the next round. */
    private static final int ROUNDS = 3;

    private static final String NOT_PREPARED = "NOT_PREPARED";

    private final BarrierSettings settings;
    private final DataSource dataSource;
    private final AtomicBoolean isKnownToPrepare = new AtomicBoolean();

    /**
     * The result of a {@link #sweep}.
     *
     * @param committed the number of transactions that this sweep committed
     * @param rolledBack the number of transactions that this sweep rolled back
     * @param waiting the number of transactions without a decision, or that this sweep could not finish
     * @param unknown names of prepared transactions that the coordinator does not know; left unchanged for an operator
     */
    public record SweepResult(int committed, int rolledBack, int waiting, List<String> unknown) {}

    private XaParticipant(BarrierSettings settings, DataSource dataSource) {
        this.settings = settings;
        this.dataSource = dataSource;
    }

    /**
     * Uses the barrier's waits and retention. The barrier's table must be in the data source's database.
     *
     * @throws IllegalArgumentException if the barrier is not one for PostgreSQL
     */
    public static XaParticipant of(Barrier barrier, DataSource dataSource) {
        if (barrier.settings().table().dialect() != Dialect.POSTGRES) {
            throw new IllegalArgumentException(
                    "two-phase branches need PostgreSQL; use Barrier.postgres(), or make the branch a TCC branch");
        }
        return new XaParticipant(barrier.settings(), dataSource);
    }

    /**
     * Runs the body and the barrier's row in one transaction, and prepares it. Blocks.
     *
     * @param prototype the response's default instance: the answer to a repeated call while the first response is part
     *     of the prepared transaction
     * @return the body's response, or the default instance
     * @throws Rejection of the body, from this call or the first one; or because the rollback came first
     * @throws InProgress if another call of this branch is still running
     * @throws BarrierUnusable if PostgreSQL prepares nothing (ENT-092) or cannot prepare the body's work (ENT-098), if
     *     the table is missing (ENT-091), or if there is no call (ENT-095)
     * @throws SQLException if the database failed; the transaction may be prepared, so answer UNAVAILABLE to be called
     *     again
     */
    public <R extends Message> R prepare(R prototype, Barrier.Body<R> body) throws SQLException {
        return prepare(AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #prepare(Message, Barrier.Body)}, for responses other than protobuf. */
    public <R> R prepare(AnswerFormat<R> format, Barrier.Body<R> body) throws SQLException {
        Optional<Branch> branch = settings.branch();
        try (BorrowedConnection borrowed = settings.borrow(dataSource)) {
            Connection connection = borrowed.connection();
            if (branch.isEmpty()) {
                return OwnTransaction.on(connection, () -> settings.bare(connection, body));
            }
            refuseIfNothingCanBePrepared(connection);
            return prepare(connection, branch.get(), format, body);
        }
    }

    /**
     * Records that every branch is prepared, and promises to wait for the decision: {@link #giveUp} then ignores this
     * branch. Used only in three-phase transactions. Blocks.
     *
     * @throws Rejection if nothing is prepared any more: the prepared transaction was given up, or finished manually
     * @throws InProgress if another call of the branch is running
     * @throws IllegalStateException if the call belongs to no branch
     */
    public void preCommit() throws SQLException {
        Branch branch = Branch.required();
        String name = PreparedName.of(branch);
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            boolean isPromised = XaTable.runAgain(connection, branch, () -> {
                StoredState claimed = preCommit(connection, branch, BarrierVerdict.DONE);
                if (claimed.isNew() && !XaTable.isPrepared(connection, name)) {
                    settings.table().storeRejection(connection, preCommitKey(branch), NOT_PREPARED, "", null);
                    return false;
                }
                return claimed.verdict() == BarrierVerdict.DONE;
            });
            if (!isPromised) {
                throw new Rejection(NOT_PREPARED, branch + ": there is no prepared transaction any more").settled();
            }
        }
    }

    /**
     * Rolls back transactions that are prepared for longer than {@code age} without a {@link #preCommit}, as
     * three-phase commit allows. The coordinator cannot decide to commit before every branch has pre-committed. A later
     * pre-commit of this branch is refused, so no other branch commits. Blocks.
     *
     * <p>Use it only for a database in which <em>every</em> prepare belongs to a three-phase transaction. A two-phase
     * transaction is decided without a pre-commit.
     *
     * @param age longer than all prepares of a transaction take
     * @return the names of the transactions that were rolled back
     */
    public List<String> giveUp(Duration age) throws SQLException {
        List<String> givenUp = new ArrayList<>();
        for (PreparedName prepared : preparedForLonger(age)) {
            Branch branch = prepared.branch(BranchOp.PRE_COMMIT);
            if (isGivenUp(branch, prepared.text())) {
                givenUp.add(prepared.text());
            }
        }
        return List.copyOf(givenUp);
    }

    /** Stores the refusal durably before it rolls back. */
    private boolean isGivenUp(Branch branch, String name) throws SQLException {
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            StoredState claimed =
                    XaTable.runAgain(connection, branch, () -> preCommit(connection, branch, BarrierVerdict.REJECTED));
            return claimed.verdict() == BarrierVerdict.REJECTED
                    && XaTable.settle(connection, "rollback prepared", name) == XaTable.FinishResult.SETTLED;
        } catch (InProgress preCommitting) {
            return false;
        }
    }

    /**
     * Stores a pre-commit's verdict, which is not part of the prepared transaction. The first stored verdict decides
     * whether the branch waits for the decision or is given up.
     *
     * @throws InProgress if another call is storing a verdict
     */
    private StoredState preCommit(Connection connection, Branch branch, BarrierVerdict verdict) throws SQLException {
        BarrierTable table = settings.table();
        try {
            return table.storeAlone(connection, preCommitKey(branch), settings.longestWait(), verdict, null, null);
        } catch (SQLException failure) {
            throw SqlFailures.translate(failure, branch, table.ddl());
        }
    }

    private static BarrierKey preCommitKey(Branch branch) {
        String forward = BranchOp.PRE_COMMIT.forward().text();
        return new BarrierKey(branch.gid(), branch.name(), BranchOp.PRE_COMMIT.text(), forward, branch.callFence());
    }

    /**
     * Commits the prepared transaction of this branch. Blocks.
     *
     * @throws ForwardCallMissing if nothing is prepared and nothing was committed: an operator finished the transaction
     *     manually, or it was prepared in another database
     * @throws InProgress if another call is finishing it
     * @throws IllegalStateException if the call belongs to no branch
     */
    public void commit() throws SQLException {
        commit(Branch.required());
    }

    /**
     * Rolls back the prepared transaction of this branch, if there is one, and prevents every later prepare. Blocks.
     *
     * @throws Rejection if an operator committed the prepared transaction manually
     * @throws InProgress if a prepare of this branch is still running, or another call is finishing it
     * @throws IllegalStateException if the call belongs to no branch
     */
    public void rollback() throws SQLException {
        rollback(Branch.required());
    }

    /**
     * Finishes transactions that are prepared in this database for longer than {@code age}, by the coordinator's
     * decision. A transaction remains prepared if the coordinator's call does not arrive. A transaction without a
     * decision stays prepared. Blocks.
     *
     * @param age longer than a transaction usually takes, so that the coordinator's own calls come first
     * @param decisions asks the coordinator: {@code entente.transactions()::decision}; its exception ends the sweep
     * @return the counts; {@linkplain SweepResult#unknown unknown} transactions are also logged
     */
    public SweepResult sweep(Duration age, Function<String, Decision> decisions) throws SQLException {
        int committed = 0;
        int rolledBack = 0;
        List<String> unknown = new ArrayList<>();
        List<PreparedName> preparedForLonger = preparedForLonger(age);
        for (PreparedName prepared : preparedForLonger) {
            switch (decisions.apply(prepared.gid())) {
                case COMMIT -> committed += settled(prepared.branch(BranchOp.COMMIT));
                case ROLL_BACK -> rolledBack += settled(prepared.branch(BranchOp.ROLLBACK));
                case NOT_YET -> {}
                case UNKNOWN -> unknown.add(prepared.text());
            }
        }
        for (String name : unknown) {
            LOG.warn(
                    "prepared transaction '{}' belongs to a global transaction that the coordinator does not know; find"
                            + " out its origin, then run COMMIT PREPARED or ROLLBACK PREPARED manually",
                    name);
        }
        int waiting = preparedForLonger.size() - committed - rolledBack - unknown.size();
        return new SweepResult(committed, rolledBack, waiting, List.copyOf(unknown));
    }

    // ---- the calls

    private <R> R prepare(Connection connection, Branch branch, AnswerFormat<R> format, Barrier.Body<R> body)
            throws SQLException {
        String name = PreparedName.of(branch);
        // The barrier would wait for the prepared transaction as for a call that is still running.
        if (branch.attempt() > 1 && isPrepared(connection, name)) {
            return format.none();
        }
        BarrierResult<R> result;
        try {
            BarrierCall<R> call = new BarrierCall<>(settings, connection, branch, format, body);
            result = SqlFailures.repeat(connection, branch, call::hasRun, () -> prepareHere(connection, name, call));
        } catch (InProgress busy) {
            if (isPrepared(connection, name)) {
                return format.none();
            }
            throw busy;
        }
        return result.committed();
    }

    private static boolean isPrepared(Connection connection, String name) throws SQLException {
        return XaTable.run(connection, () -> XaTable.isPrepared(connection, name));
    }

    /** Prepares the transaction; the caller's commit then has no effect. */
    private static <R> BarrierResult<R> prepareHere(Connection connection, String name, BarrierCall<R> call)
            throws SQLException {
        XaTable.announce(connection);
        BarrierResult<R> result = call.pass();
        if (call.hasRun() && result instanceof BarrierResult.Answered<R>) {
            XaTable.prepare(connection, name);
        }
        return result;
    }

    private void commit(Branch branch) throws SQLException {
        String name = PreparedName.of(branch);
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            switch (XaTable.settle(connection, "commit prepared", name)) {
                case SETTLED -> {}
                case BUSY -> throw busy(branch);
                case UNKNOWN -> {
                    if (!XaTable.isCommitted(connection, branch)) {
                        throw new ForwardCallMissing(branch);
                    }
                }
            }
        }
    }

    private void rollback(Branch branch) throws SQLException {
        String name = PreparedName.of(branch);
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            for (int round = 1; ; round++) {
                if (XaTable.settle(connection, "rollback prepared", name) == XaTable.FinishResult.BUSY) {
                    throw busy(branch);
                }
                try {
                    mark(connection, branch);
                    return;
                } catch (InProgress prepared) {
                    if (round == ROUNDS) {
                        throw prepared;
                    }
                }
            }
        }
    }

    /** Stores the mark that refuses a late prepare. After the mark or a rejection, no prepare can succeed. */
    private void mark(Connection connection, Branch branch) throws SQLException {
        AnswerFormat<Empty> nothing = AnswerFormat.protobuf(Empty.getDefaultInstance());
        Barrier.Body<Empty> committed = same -> {
            throw new Rejection("COMMITTED", branch + " arrived after its commit; find out who committed it manually");
        };
        Empty unused = XaTable.runAgain(
                        connection,
                        branch,
                        () -> new BarrierCall<>(settings, connection, branch, nothing, committed).pass())
                .response();
    }

    private static InProgress busy(Branch branch) {
        return new InProgress(branch + " conflicts with another call that finishes the same branch");
    }

    private void refuseIfNothingCanBePrepared(Connection connection) throws SQLException {
        if (!isKnownToPrepare.get()) {
            if (XaTable.mostPrepared(connection) == 0) {
                throw BarrierUnusable.nothingCanBePrepared();
            }
            isKnownToPrepare.set(true);
        }
    }

    private BorrowedConnection borrow() throws SQLException {
        return BorrowedConnection.from(dataSource, settings.longestAnswer());
    }

    // ---- the sweep

    private List<PreparedName> preparedForLonger(Duration age) throws SQLException {
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            return XaTable.run(connection, () -> XaTable.preparedForLonger(connection, age));
        }
    }

    /**
     * Returns 1 if this call finished the transaction. Returns 0 if another process finishes it now or has finished it,
     * perhaps with another result. A failure does not stop the sweep.
     */
    private int settled(Branch branch) {
        try {
            if (branch.op() == BranchOp.COMMIT) {
                commit(branch);
            } else {
                rollback(branch);
            }
            return 1;
        } catch (InProgress | ForwardCallMissing | Rejection others) {
            LOG.info("prepared transactions are left to other instances: {}", others.getMessage());
        } catch (SQLException failed) {
            LOG.warn("could not finish prepared transactions: {}; the next sweep tries again", failed.getMessage());
        }
        return 0;
    }
}

package dev.entente.participant;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.participant.barrier.BarrierKey;
import dev.entente.participant.barrier.BarrierTable;
import dev.entente.participant.barrier.BarrierTable.Standing;
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
 * Takes part in two-phase transactions with PostgreSQL's {@code PREPARE TRANSACTION}: {@link #prepare} does the work
 * and prepares it, {@link #commit} and {@link #rollback} settle it. Every call may come again, late, or before the one
 * that it follows.
 *
 * <p>The barrier's row is part of what is prepared. So nobody sees it before the commit, whoever inserts the same key
 * waits for what is prepared, and after a rollback it is as if the prepare had never come, save for the mark that
 * refuses a late one. What is prepared is called {@code ent/<gid>/<branch>}, so that it can be found again by anybody.
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
 * <p>PostgreSQL must allow it: {@code max_prepared_transactions} above 0, and at least as many as there are branches
 * prepared at one time. The user that prepares must be the one that settles. Which call it is comes from
 * {@link Branch#current()}; in a person's call without it a prepare's body runs and is committed, outside of any call
 * it is refused (ENT-095). Thread-safe.
 */
public final class XaParticipant {
    private static final Logger LOG = LoggerFactory.getLogger(XaParticipant.class);
    /** A prepare that got through between the rollback and the mark is met in the next round. */
    private static final int ROUNDS = 3;

    private static final String NOT_PREPARED = "NOT_PREPARED";

    private final BarrierSettings settings;
    private final DataSource dataSource;
    private final AtomicBoolean isKnownToPrepare = new AtomicBoolean();

    /**
     * The result of a {@link #sweep}.
     *
     * @param committed what was decided so, and is now committed
     * @param rolledBack what was decided so, and is now rolled back
     * @param waiting what is not decided, or what another call is settling at this moment
     * @param unknown names of what stands prepared for a transaction that the coordinator does not know: left alone,
     *     for a person to look at
     */
    public record Swept(int committed, int rolledBack, int waiting, List<String> unknown) {}

    private XaParticipant(BarrierSettings settings, DataSource dataSource) {
        this.settings = settings;
        this.dataSource = dataSource;
    }

    /**
     * With the barrier's waits and retention; its table must be in that database.
     *
     * @throws IllegalArgumentException if the barrier is not one for PostgreSQL
     */
    public static XaParticipant of(Barrier barrier, DataSource dataSource) {
        if (barrier.settings().table().dialect() != Dialect.POSTGRES) {
            throw new IllegalArgumentException("two-phase branches are prepared by PostgreSQL alone, so far; give it"
                    + " Barrier.postgres(), or make the branch one of TCC");
        }
        return new XaParticipant(barrier.settings(), dataSource);
    }

    /**
     * Runs the body and the barrier's row in one transaction, and prepares it. Blocks.
     *
     * @param prototype the response's default instance: what a repeated call answers while the first one's answer lies
     *     inside what is prepared
     * @return the body's response, or the default instance
     * @throws Rejection of the body, now or the first time; or because the rollback came first
     * @throws InProgress if another call of this branch is still running
     * @throws BarrierUnusable if PostgreSQL prepares nothing (ENT-092) or not what the body did (ENT-098), the table is
     *     missing (ENT-091), or this is outside of any call (ENT-095)
     * @throws SQLException if the database failed; whether it is prepared may be unknown, so answer UNAVAILABLE and be
     *     called again
     */
    public <R extends Message> R prepare(R prototype, Barrier.Body<R> body) throws SQLException {
        return prepare(AnswerFormat.protobuf(prototype), body);
    }

    /** As {@link #prepare(Message, Barrier.Body)}, for answers other than protobuf. */
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
     * Hears that every branch is prepared, and promises to wait for the decision: from here on {@link #giveUp} leaves
     * it alone. Only in three-phase transactions. Blocks.
     *
     * @throws Rejection if nothing stands prepared any more: it was given up, or settled by hand
     * @throws InProgress if another call is at the same branch
     * @throws IllegalStateException if the call is none of a branch
     */
    public void preCommit() throws SQLException {
        Branch branch = Branch.required();
        String name = PreparedName.of(branch);
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            boolean isPromised = XaTable.runAgain(connection, branch, () -> {
                Standing claimed = preCommit(connection, branch, BarrierVerdict.DONE);
                if (claimed.isNew() && !XaTable.stands(connection, name)) {
                    settings.table().storeRejection(connection, preCommitKey(branch), NOT_PREPARED, "", null);
                    return false;
                }
                return claimed.verdict() == BarrierVerdict.DONE;
            });
            if (!isPromised) {
                throw new Rejection(NOT_PREPARED, branch + ": nothing stands prepared any more").settled();
            }
        }
    }

    /**
     * Rolls back what has stood prepared for longer than that without a {@link #preCommit}: what three-phase commit is
     * for. Before all have heard that all are prepared nothing can be decided, and whoever asks this participant
     * afterwards is refused, so nothing is committed elsewhere either. Blocks.
     *
     * <p>Only for a database in which <em>every</em> prepare belongs to a three-phase transaction: two-phase ones are
     * decided without a question.
     *
     * @param age longer than all prepares of a transaction take
     * @return the names of what was rolled back
     */
    public List<String> giveUp(Duration age) throws SQLException {
        List<String> givenUp = new ArrayList<>();
        for (PreparedName prepared : standing(age)) {
            Branch branch = prepared.branch(BranchOp.PRE_COMMIT);
            if (isGivenUp(branch, prepared.text())) {
                givenUp.add(prepared.text());
            }
        }
        return List.copyOf(givenUp);
    }

    /** The refusal is durable before anything is rolled back. */
    private boolean isGivenUp(Branch branch, String name) throws SQLException {
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            Standing claimed =
                    XaTable.runAgain(connection, branch, () -> preCommit(connection, branch, BarrierVerdict.REJECTED));
            return claimed.verdict() == BarrierVerdict.REJECTED
                    && XaTable.settle(connection, "rollback prepared", name) == XaTable.Settled.SETTLED;
        } catch (InProgress preCommitting) {
            return false;
        }
    }

    /**
     * Stores a pre-commit's verdict. Whoever stores one first has settled whether the branch waits for the decision or
     * is given up; unlike the prepare's row, it is no part of what is prepared.
     *
     * @throws InProgress if another call is storing one
     */
    private Standing preCommit(Connection connection, Branch branch, BarrierVerdict verdict) throws SQLException {
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
     * Commits what this branch has prepared. Blocks.
     *
     * @throws ForwardCallMissing if nothing is prepared and nothing was committed: somebody settled it by hand, or it
     *     was prepared elsewhere
     * @throws InProgress if another call is settling it
     * @throws IllegalStateException if the call is none of a branch
     */
    public void commit() throws SQLException {
        commit(Branch.required());
    }

    /**
     * Rolls back what this branch has prepared, if it has, and sees to it that no prepare gets through any more.
     * Blocks.
     *
     * @throws Rejection if it was committed: somebody did that by hand
     * @throws InProgress if a prepare of this branch is still running, or another call is settling it
     * @throws IllegalStateException if the call is none of a branch
     */
    public void rollback() throws SQLException {
        rollback(Branch.required());
    }

    /**
     * Settles transactions that have been prepared in this database for longer than that, as the coordinator has
     * decided. It is for those left behind when a call could not come through. What is not decided waits; nothing is
     * presumed. Blocks.
     *
     * @param age longer than a transaction usually takes, so that the coordinator's own calls come first
     * @param decisions asks the coordinator: {@code entente.transactions()::decision}; what it throws ends the sweep
     * @return what was found; what is {@linkplain Swept#unknown unknown} is logged, too
     */
    public Swept sweep(Duration age, Function<String, Decision> decisions) throws SQLException {
        int committed = 0;
        int rolledBack = 0;
        List<String> unknown = new ArrayList<>();
        List<PreparedName> standing = standing(age);
        for (PreparedName prepared : standing) {
            switch (decisions.apply(prepared.gid())) {
                case COMMIT -> committed += settled(prepared.branch(BranchOp.COMMIT));
                case ROLL_BACK -> rolledBack += settled(prepared.branch(BranchOp.ROLLBACK));
                case NOT_YET -> {}
                case UNKNOWN -> unknown.add(prepared.text());
            }
        }
        for (String name : unknown) {
            LOG.warn(
                    "prepared transaction '{}' belongs to a global transaction that the coordinator does not know;"
                            + " find out what it is, then run COMMIT PREPARED or ROLLBACK PREPARED by hand",
                    name);
        }
        int waiting = standing.size() - committed - rolledBack - unknown.size();
        return new Swept(committed, rolledBack, waiting, List.copyOf(unknown));
    }

    // ---- the calls

    private <R> R prepare(Connection connection, Branch branch, AnswerFormat<R> format, Barrier.Body<R> body)
            throws SQLException {
        String name = PreparedName.of(branch);
        // The barrier would wait for what stands prepared as for a call that is still running.
        if (branch.attempt() > 1 && stands(connection, name)) {
            return format.none();
        }
        Passage<R> passage;
        try {
            BarrierCall<R> call = new BarrierCall<>(settings, connection, branch, format, body);
            passage = SqlFailures.repeat(connection, branch, call::hasRun, () -> prepareHere(connection, name, call));
        } catch (InProgress busy) {
            if (stands(connection, name)) {
                return format.none();
            }
            throw busy;
        }
        return passage.committed();
    }

    private static boolean stands(Connection connection, String name) throws SQLException {
        return XaTable.run(connection, () -> XaTable.stands(connection, name));
    }

    /** The commit that follows has nothing left to do where the transaction was prepared. */
    private static <R> Passage<R> prepareHere(Connection connection, String name, BarrierCall<R> call)
            throws SQLException {
        XaTable.announce(connection);
        Passage<R> passage = call.pass();
        if (call.hasRun() && passage instanceof Passage.Answered<R>) {
            XaTable.prepare(connection, name);
        }
        return passage;
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
                if (XaTable.settle(connection, "rollback prepared", name) == XaTable.Settled.BUSY) {
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

    /** The mark that a late prepare finds. Once it stands, or a rejection does, nothing can be prepared any more. */
    private void mark(Connection connection, Branch branch) throws SQLException {
        AnswerFormat<Empty> nothing = AnswerFormat.protobuf(Empty.getDefaultInstance());
        Barrier.Body<Empty> committed = same -> {
            throw new Rejection("COMMITTED", branch + " came after its commit; look who committed it by hand");
        };
        Empty unused = XaTable.runAgain(
                        connection,
                        branch,
                        () -> new BarrierCall<>(settings, connection, branch, nothing, committed).pass())
                .response();
    }

    private static InProgress busy(Branch branch) {
        return new InProgress(branch + " meets another call that is settling the same branch");
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

    private List<PreparedName> standing(Duration age) throws SQLException {
        try (BorrowedConnection borrowed = borrow()) {
            Connection connection = borrowed.connection();
            return XaTable.run(connection, () -> XaTable.standing(connection, age));
        }
    }

    /**
     * Settles one, which counts as 1; 0 where somebody else does so at this moment, or has done so already, perhaps
     * otherwise. One that fails holds up no other.
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
            LOG.warn("could not settle prepared transactions: {}; the next sweep tries again", failed.getMessage());
        }
        return 0;
    }
}

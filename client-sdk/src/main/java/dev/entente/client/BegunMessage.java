package dev.entente.client;

import dev.entente.client.call.Causes;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.LocalMark;
import dev.entente.jdbc.LocalTransaction;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A message that waits for its client's word. */
final class BegunMessage {
    private static final Logger LOG = LoggerFactory.getLogger(BegunMessage.class);
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private final CoordinatorClient coordinator;
    private final String gid;

    private BegunMessage(CoordinatorClient coordinator, String gid) {
        this.coordinator = coordinator;
        this.gid = gid;
    }

    /** Blocks until it is durable: nothing may be committed that nobody would ask for. */
    static BegunMessage begin(CoordinatorClient coordinator, Plan plan, Instant firstAttempt) {
        Transaction begun = BlockingWait.await(coordinator.begin(plan, firstAttempt), plan.getGid());
        if (begun.getState() != Transaction.State.BEGUN) {
            throw usedBefore(plan.getGid(), "was begun before and is " + begun.getState());
        }
        return new BegunMessage(coordinator, plan.getGid());
    }

    <T, X extends Exception> T run(DataSource dataSource, Message.Body<T, X> body) throws SQLException, X {
        LocalTransaction<T, X> local = new LocalTransaction<>(gid, dataSource, body::run);
        T result;
        try {
            result = local.run();
        } catch (LocalTransaction.RolledBack taken) {
            throw taken(taken.found());
        } catch (LocalTransaction.Unanswered unknown) {
            // neither commit nor abort: whoever is asked will know
            throw TransactionPending.ofLocal(gid, Objects.requireNonNullElse(unknown.getCause(), unknown));
        } catch (Throwable failure) {
            if (local.hasBegun()) {
                giveUp(dataSource, failure);
            }
            throw failure;
        }
        commit();
        return result;
    }

    /**
     * This call has committed nothing; but another one under the same gid may have, or may be about to. So the no is
     * made certain first, as a check-back makes it. Where that cannot be had now, the check-back is left to do it.
     */
    private void giveUp(DataSource dataSource, Throwable why) {
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            switch (OwnTransaction.on(connection, () -> marked(connection))) {
                case OURS, ROLLED_BACK -> abort(why);
                case COMMITTED -> commit();
                case HELD -> throw new IllegalStateException("the transaction of a held mark was committed");
            }
        } catch (SQLException | RuntimeException uncertain) {
            why.addSuppressed(uncertain);
        }
    }

    private LocalMark.Found marked(Connection connection) throws SQLException {
        LocalMark.Found found = LocalMark.rollBack(connection, gid, PATIENCE);
        if (found == LocalMark.Found.HELD) {
            throw new SQLException("another local transaction of message '" + gid + "' is still running");
        }
        return found;
    }

    /** The mark of this gid stands already: what this call did is rolled back. */
    private EntenteException taken(LocalMark.Found found) {
        if (found == LocalMark.Found.COMMITTED) {
            commit();
            return usedBefore(gid, "was run before, and its local transaction was committed then");
        }
        return new TransactionAborted(
                "CHECK_BACK_NEGATIVE",
                gid,
                "check-back",
                "the coordinator had asked before the local transaction began, and was told that there would be none;"
                        + " run it again under another gid",
                null);
    }

    private static TransactionRefused usedBefore(String gid, String what) {
        return TransactionRefused.of(
                "ENT-040", gid, "message '" + gid + "' " + what + "; look how it ended, or use another gid");
    }

    /**
     * The local transaction is committed, so this fails only where somebody aborted the message; else the coordinator
     * will ask, and hear the same.
     */
    private void commit() {
        CommitTransactionRequest request =
                CommitTransactionRequest.newBuilder().setGid(gid).build();
        try {
            BlockingWait.await(coordinator.commit(request), gid);
        } catch (RuntimeException unsaid) {
            if (unsaid instanceof TransactionRefused refused && refused.code().equals("ENT-040")) {
                throw new TransactionAborted(
                        "ENT-040",
                        gid,
                        "",
                        "somebody aborted it although its local transaction was committed: " + refused.getMessage(),
                        refused);
            }
            LOG.info(
                    "message '{}': its local transaction is committed, but the coordinator could not be told and will"
                            + " ask: {}",
                    gid,
                    unsaid.getMessage());
        }
    }

    /** An abort that fails leaves it to the question. */
    private void abort(Throwable why) {
        try {
            coordinator.abortDetached(gid, why).join();
        } catch (RuntimeException failed) {
            why.addSuppressed(Causes.unwrap(failed));
        }
    }
}

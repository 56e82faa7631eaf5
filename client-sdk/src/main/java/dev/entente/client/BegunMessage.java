package dev.entente.client;

import dev.entente.client.call.Causes;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.LocalTransaction;
import dev.entente.jdbc.LocalTransactionMark;
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

/** A message that waits for its client's commit or abort. */
final class BegunMessage {
    private static final Logger LOG = LoggerFactory.getLogger(BegunMessage.class);
    private static final Duration TIMEOUT = Duration.ofMillis(200);

    private final CoordinatorClient coordinator;
    private final String gid;

    private BegunMessage(CoordinatorClient coordinator, String gid) {
        this.coordinator = coordinator;
        this.gid = gid;
    }

    /** Blocks until the message is durable, because without it no check-back would follow a local commit. */
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
            // neither commit nor abort: the check-back finds the outcome
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
     * Decides the message if this call has committed nothing. Another call with the same gid may have committed, or may
     * still run. Therefore this method first stores the mark as rolled back. If that fails, the check-back decides.
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

    private LocalTransactionMark.Found marked(Connection connection) throws SQLException {
        LocalTransactionMark.Found found = LocalTransactionMark.rollBack(connection, gid, TIMEOUT);
        if (found == LocalTransactionMark.Found.HELD) {
            throw new SQLException("another local transaction of message '" + gid + "' is still running");
        }
        return found;
    }

    /** Returns the exception for a gid that already has a mark; this call's work is rolled back. */
    private EntenteException taken(LocalTransactionMark.Found found) {
        if (found == LocalTransactionMark.Found.COMMITTED) {
            commit();
            return usedBefore(gid, "was run before, and its local transaction was committed then");
        }
        return new TransactionAborted(
                "CHECK_BACK_NEGATIVE",
                gid,
                "check-back",
                "the coordinator asked before the local transaction began, and received the result \"rolled back\"; run"
                        + " the message again under another gid",
                null);
    }

    private static TransactionRefused usedBefore(String gid, String what) {
        return TransactionRefused.of(
                "ENT-040", gid, "message '" + gid + "' " + what + "; read its final state, or use another gid");
    }

    /**
     * Commits the message after its local transaction. Only an earlier abort of the message makes this fail. After any
     * other failure the coordinator asks by check-back, and gets the same result.
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
                        "the message was aborted although its local transaction was committed: " + refused.getMessage(),
                        refused);
            }
            LOG.info(
                    "message '{}': its local transaction is committed, but the commit call to the coordinator failed;"
                            + " the coordinator will ask by check-back: {}",
                    gid,
                    unsaid.getMessage());
        }
    }

    /** Aborts the message. If the abort fails, the check-back decides. */
    private void abort(Throwable why) {
        try {
            coordinator.abortDetached(gid, why).join();
        } catch (RuntimeException failed) {
            why.addSuppressed(Causes.unwrap(failed));
        }
    }
}

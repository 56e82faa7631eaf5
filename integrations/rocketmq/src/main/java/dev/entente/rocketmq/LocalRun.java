package dev.entente.rocketmq;

import dev.entente.jdbc.LocalTransaction;
import dev.entente.jdbc.LocalTransactionMark;
import java.sql.SQLException;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.jspecify.annotations.Nullable;

/** A local transaction on the thread that sent the half message, and its result. For one thread. */
final class LocalRun<T, X extends Exception> {
    private final String id;
    private final LocalTransaction<T, X> transaction;
    private @Nullable Ending<T, X> ending;

    LocalRun(String id, LocalTransaction<T, X> transaction) {
        this.id = id;
        this.transaction = transaction;
    }

    /** Returns the result of the transaction, or throws its exception. */
    @FunctionalInterface
    private interface Ending<T, X extends Exception> {
        T get() throws SQLException, X;
    }

    boolean hasRun() {
        return ending != null;
    }

    /** @throws RocketUnavailable if it never ran, because the broker has no half message */
    T result() throws SQLException, X {
        Ending<T, X> end = ending;
        if (end == null) {
            throw new RocketUnavailable(
                    "message '" + id + "' was not stored as the broker's configuration requires; nothing was done");
        }
        return end.get();
    }

    /** Runs the transaction; keeps any exception for the caller. */
    @SuppressWarnings("unchecked") // it throws only X besides the exceptions above
    LocalTransactionState run() {
        try {
            T result = transaction.run();
            ending = () -> result;
            return LocalTransactionState.COMMIT_MESSAGE;
        } catch (LocalTransaction.RolledBack taken) {
            ending = () -> {
                throw taken(taken.found());
            };
        } catch (LocalTransaction.Unanswered unknown) {
            ending = () -> {
                throw new LocalUnanswered(
                        "whether the local transaction of message '" + id + "' was committed is unknown ("
                                + unknown.getMessage() + "); the broker will ask and use the result",
                        unknown);
            };
            return LocalTransactionState.UNKNOW;
        } catch (SQLException | RuntimeException failure) {
            ending = () -> {
                throw failure;
            };
        } catch (Exception failure) {
            ending = () -> {
                throw (X) failure;
            };
        } catch (Error failure) {
            ending = () -> {
                throw failure;
            };
        }
        return LocalTransactionState.ROLLBACK_MESSAGE;
    }

    private IdTaken taken(LocalTransactionMark.Found found) {
        return new IdTaken(
                found == LocalTransactionMark.Found.COMMITTED
                        ? "message '" + id + "' was run before, and its local transaction was committed then"
                        : "the broker asked before the local transaction of message '" + id
                                + "' began, and received the result \"rolled back\"; run the message again under"
                                + " another id");
    }
}

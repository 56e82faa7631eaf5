package dev.entente.demo;

import com.google.protobuf.Message;
import dev.entente.outbox.Inbox;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.XaParticipant;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.IntFunction;
import javax.sql.DataSource;
import shop.v1.Fault;

/**
 * The execution of a call: requested faults first, then the body and its ledger row in one business transaction behind
 * the barrier. Blocks, so calls belong on virtual threads. Thread-safe.
 */
final class Work {
    private static final Inbox INBOX = Inbox.postgres();

    private final DataSource dataSource;
    private final boolean isFaulty;
    private final Barrier barrier = Barrier.postgres();
    private final XaParticipant xa;
    private final Faults faults = new Faults();

    /** @param isFaulty true to answer OK but roll back the work, for demonstrations that must fail */
    Work(DataSource dataSource, boolean isFaulty) {
        this.dataSource = dataSource;
        this.xa = XaParticipant.of(barrier, dataSource);
        this.isFaulty = isFaulty;
    }

    /**
     * The work of a call in its business transaction. A Rejection is a business refusal, a StatusRuntimeException any
     * other error. Both roll back the body's changes.
     */
    interface Body<T> {
        T run(Connection connection) throws SQLException;
    }

    /** The mechanism that runs a body once in the database. */
    private interface BarrierEntry<T extends Message> {
        T pass(T defaultAnswer, Barrier.Body<T> body) throws SQLException;
    }

    /** The call that commits or rolls back a prepared branch. */
    private interface SecondPhase {
        void run() throws SQLException;
    }

    /** Handles a call that commits its work before it responds. */
    <T extends Message> void answer(
            String method, Fault fault, T defaultAnswer, StreamObserver<T> observer, Body<T> body) {
        answer(
                method,
                fault,
                observer,
                () -> run(
                        method,
                        fault,
                        defaultAnswer,
                        body,
                        (answer, recorded) -> barrier.run(dataSource, answer, recorded)));
    }

    /** Handles a message that is delivered at least once, and does its work once. */
    <T extends Message> void once(
            String method, Fault fault, T defaultAnswer, StreamObserver<T> observer, Body<T> body) {
        answer(method, fault, observer, () -> run(method, fault, defaultAnswer, body, this::takeOnce));
    }

    /** Returns the gid of the relay's delivery. A person's direct call has no gid and is a separate message. */
    private static String messageId() {
        return Branch.current().map(Branch::gid).orElseGet(() -> "direct-" + UUID.randomUUID());
    }

    private <T extends Message> T takeOnce(T answer, Barrier.Body<T> body) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                INBOX.once(connection, messageId(), same -> body.run(same));
                connection.commit();
            } catch (SQLException | RuntimeException failure) {
                connection.rollback();
                throw failure;
            }
        }
        return answer;
    }

    /** Handles a call that prepares its work before it responds. Another call commits or rolls back the work. */
    <T extends Message> void prepare(
            String method, Fault fault, T defaultAnswer, StreamObserver<T> observer, Body<T> body) {
        answer(method, fault, observer, () -> run(method, fault, defaultAnswer, body, xa::prepare));
    }

    /** Promises that the work prepared by {@link #prepare} of the same branch waits for the decision. */
    <T extends Message> void preCommit(String method, Fault fault, T answer, StreamObserver<T> observer) {
        answer(method, fault, observer, () -> settle(answer, xa::preCommit));
    }

    /** Rolls back work that has been prepared for this long without a pre-commit. The response has the count. */
    <T extends Message> void giveUp(Duration age, IntFunction<T> answer, StreamObserver<T> observer) {
        answer(
                "BankService/GiveUp",
                Fault.getDefaultInstance(),
                observer,
                () -> answer.apply(xa.giveUp(age).size()));
    }

    /** Commits the work that {@link #prepare} of the same branch prepared. */
    <T extends Message> void commit(String method, Fault fault, T answer, StreamObserver<T> observer) {
        answer(method, fault, observer, () -> settle(answer, xa::commit));
    }

    /** Rolls back the work that {@link #prepare} of the same branch prepared, or prevents a later prepare. */
    <T extends Message> void rollback(String method, Fault fault, T answer, StreamObserver<T> observer) {
        answer(method, fault, observer, () -> settle(answer, xa::rollback));
    }

    private <T extends Message> T settle(T answer, SecondPhase settlement) throws SQLException {
        if (!isFaulty) {
            settlement.run();
        }
        return answer;
    }

    private interface Call<T> {
        T run() throws SQLException;
    }

    private <T extends Message> void answer(String method, Fault fault, StreamObserver<T> observer, Call<T> call) {
        if (fault.getHang()) {
            return; // the caller's deadline closes the call
        }
        try {
            faults.delay(fault);
            faults.failBefore(fault, method);
            T answer = call.run();
            faults.loseAnswer(fault, method);
            observer.onNext(answer);
            observer.onCompleted();
        } catch (StatusRuntimeException no) {
            observer.onError(no);
        } catch (SQLException broken) {
            // The outcome is unknown to the caller, so the caller calls again.
            observer.onError(Status.UNAVAILABLE
                    .withDescription(method + ": " + broken.getMessage())
                    .withCause(broken)
                    .asRuntimeException());
        }
    }

    private <T extends Message> T run(String method, Fault fault, T defaultAnswer, Body<T> body, BarrierEntry<T> entry)
            throws SQLException {
        if (isFaulty) {
            return pretend(defaultAnswer, body);
        }
        return entry.pass(defaultAnswer, connection -> {
            faults.reject(fault);
            T done = body.run(connection);
            record(connection, method);
            return done;
        });
    }

    private static void record(Connection connection, String method) throws SQLException {
        var caller = Branch.current();
        Sql.update(
                connection,
                "insert into ledger (gid, branch, op, method) values (?, ?, ?, ?)",
                caller.map(Branch::gid).orElse(null),
                caller.map(Branch::name).orElse(null),
                caller.map(branch -> branch.op().text()).orElse("direct"),
                method);
    }

    private <T extends Message> T pretend(T defaultAnswer, Body<T> body) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                return body.run(connection);
            } catch (RuntimeException honest) {
                return defaultAnswer;
            } finally {
                connection.rollback();
            }
        }
    }
}

package dev.entente.stories.miswiring;

import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.stream.ParticipantStream;
import dev.entente.rig.SqlDatabase;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import shop.v1.ChargeRequest;
import shop.v1.ChargeResponse;
import shop.v1.PaymentServiceGrpc;

/** The wrong wirings of participants. Each wiring is a server with its own name. */
final class WrongWirings {
    private final MiswiredParticipants participants;
    private final DataSource bank;

    WrongWirings(MiswiredParticipants participants) {
        this.participants = participants;
        this.bank = participants.dataSource(MiswiredParticipants.BANK);
    }

    DataSource bank() {
        return bank;
    }

    void wireAll() throws Exception {
        wireWithoutCalls();
        wireWrongDatabases();
        wireWrongTransactions();
    }

    private ChargeResponse guarded(Barrier barrier, DataSource source, String gid) throws Exception {
        return barrier.run(source, MiswiredCharge.NOTHING, connection -> MiswiredCharge.debit(connection, gid));
    }

    /** Runs a body correctly, except that no call is active. */
    ChargeResponse guarded(String gid) throws Exception {
        return guarded(participants.barrier, bank, gid);
    }

    private void wireWithoutCalls() throws Exception {
        MiswiredCharge service = new MiswiredCharge(this::guarded);
        participants.serve(
                "no-interceptor",
                server -> server.executor(participants.threads)
                        .addService(service)
                        .intercept(participants.answers));
        participants.serve(
                "no-interceptor-unary",
                server -> server.executor(participants.threads)
                        .addService(new UnaryCharge())
                        .intercept(participants.answers));
        participants.serve(
                "bare-stream",
                server -> server.executor(participants.threads)
                        .addService(service)
                        .addService(ParticipantStream.builder(participants.threads)
                                .addService(service)
                                .intercept(participants.answers)
                                .build())
                        .intercept(new BranchInterceptor())
                        .intercept(participants.answers));
        participants.wire("hop", gid -> {
            try {
                return participants.threads.submit(() -> guarded(gid)).get();
            } catch (ExecutionException failed) {
                throw new IllegalStateException(failed.getCause());
            }
        });
    }

    /** Responds with {@link Barrier#unary}. */
    private final class UnaryCharge extends PaymentServiceGrpc.PaymentServiceImplBase {
        @Override
        public void charge(ChargeRequest request, StreamObserver<ChargeResponse> answer) {
            participants.barrier.unary(
                    answer,
                    bank,
                    MiswiredCharge.NOTHING,
                    connection -> MiswiredCharge.debit(connection, request.getAccount()));
        }
    }

    private void wireWrongDatabases() throws Exception {
        Barrier watching = Barrier.postgres();
        participants.wire(
                "other-source",
                gid -> watching.run(bank, MiswiredCharge.NOTHING, connection -> {
                    try (Connection other = bank.getConnection()) {
                        return MiswiredCharge.debit(other, gid);
                    }
                }));
        Barrier interrupted = Barrier.postgres();
        participants.wire(
                "other-source-and-broken",
                gid -> interrupted.run(bank, MiswiredCharge.NOTHING, connection -> {
                    try (Connection other = bank.getConnection()) {
                        MiswiredCharge.debit(other, gid);
                        breakOnce(connection, other, gid);
                        return MiswiredCharge.NOTHING;
                    }
                }));
        DataSource wrong = participants.dataSource("bank_without_barrier");
        participants.wire("wrong-source", gid -> guarded(participants.barrier, wrong, gid));
        DataSource old = participants.dataSource("bank_old");
        participants.wire(
                "old-barrier",
                gid -> guarded(participants.barrier, Branch.required().attempt() == 1 ? bank : old, gid));
        Barrier one = Barrier.postgres();
        Barrier two = Barrier.postgres();
        participants.wire(
                "two-barriers",
                gid -> Branch.required().attempt() == 1
                        ? guarded(one, participants.inSchema("one"), gid)
                        : guarded(two, participants.inSchema("two"), gid));
    }

    /** Terminates the barrier's connection after the first body of the transaction. */
    private void breakOnce(Connection connection, Connection other, String gid) throws SQLException {
        if (participants.answers.calls(gid) == 1) {
            long pid = connection.unwrap(PGConnection.class).getBackendPID();
            execute(other, "select pg_terminate_backend(" + pid + ", 5000)");
        }
    }

    private void wireWrongTransactions() throws Exception {
        participants.wire("autocommit", gid -> {
            try (Connection connection = bank.getConnection()) {
                return participants.barrier.run(
                        connection, MiswiredCharge.NOTHING, given -> MiswiredCharge.debit(given, gid));
            }
        });
        participants.wire("outer", gid -> {
            try (Connection outer = bank.getConnection()) {
                outer.setAutoCommit(false);
                MiswiredCharge.debit(outer, gid);
                ChargeResponse done = guarded(participants.barrier, CallersConnection.of(outer), gid);
                outer.commit();
                return done;
            }
        });
        wireBodyThat("commits-by-connection", connection -> connection.commit());
        wireBodyThat("commits-by-statement", connection -> execute(connection, "commit"));
        participants.wire(
                "rolls-back-and-commits",
                gid -> participants.barrier.run(bank, MiswiredCharge.NOTHING, c -> {
                    execute(c, "rollback");
                    ChargeResponse done = MiswiredCharge.debit(c, gid);
                    execute(c, "commit");
                    return done;
                }));
    }

    private interface Completion {
        void complete(Connection connection) throws SQLException;
    }

    private void wireBodyThat(String name, Completion completion) throws Exception {
        participants.wire(
                name,
                gid -> participants.barrier.run(bank, MiswiredCharge.NOTHING, connection -> {
                    ChargeResponse done = MiswiredCharge.debit(connection, gid);
                    completion.complete(connection);
                    return done;
                }));
    }

    private void execute(Connection connection, String sql) throws SQLException {
        SqlDatabase.update(connection, sql);
    }
}

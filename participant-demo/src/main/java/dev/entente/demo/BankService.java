package dev.entente.demo;

import dev.entente.participant.Rejection;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import shop.v1.BankServiceGrpc;
import shop.v1.DecideRequest;
import shop.v1.GiveUpRequest;
import shop.v1.GiveUpResponse;
import shop.v1.MoveRequest;
import shop.v1.MoveResponse;

/**
 * A bank that takes part in two-phase commit: tables {@code account} and {@code movement}. A prepared movement locks
 * its account's row until the decision. A concurrent movement on the account is rejected instead of waiting. Otherwise
 * two transactions that wait for each other in two databases would wait forever.
 */
final class BankService extends BankServiceGrpc.BankServiceImplBase {
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final Work work;

    BankService(Work work) {
        this.work = work;
    }

    @Override
    public void prepare(MoveRequest request, StreamObserver<MoveResponse> answer) {
        work.prepare(
                "BankService/Prepare", request.getFault(), MoveResponse.getDefaultInstance(), answer, connection -> {
                    Check.that(request.getCents() != 0, "cents is 0");
                    move(connection, request.getAccount(), request.getCents());
                    RowKey key = RowKey.fresh("m-");
                    Sql.update(
                            connection,
                            "insert into movement (id, gid, branch, account_id, cents) values (?, ?, ?, ?, ?)",
                            key.id(),
                            key.gid(),
                            key.branch(),
                            request.getAccount(),
                            request.getCents());
                    return MoveResponse.getDefaultInstance();
                });
    }

    private static void move(Connection connection, String account, long cents) throws SQLException {
        long left = locked(connection, account)
                .orElseThrow(() -> new Rejection("NO_SUCH_ACCOUNT", "no account " + account));
        if (left + cents < 0) {
            throw new Rejection("INSUFFICIENT_FUNDS", account + " has " + left + " cents, " + -cents + " are required");
        }
        Sql.update(connection, "update account set cents = cents + ? where id = ?", cents, account);
    }

    private static Optional<Long> locked(Connection connection, String account) throws SQLException {
        try {
            return Sql.first(
                    connection,
                    "select cents from account where id = ? for no key update nowait",
                    row -> row.getLong(1),
                    account);
        } catch (SQLException taken) {
            if (LOCK_NOT_AVAILABLE.equals(taken.getSQLState())) {
                throw new Rejection("ACCOUNT_BUSY", "another movement on " + account + " is prepared and not decided");
            }
            throw taken;
        }
    }

    @Override
    public void preCommit(DecideRequest request, StreamObserver<MoveResponse> answer) {
        work.preCommit("BankService/PreCommit", request.getFault(), MoveResponse.getDefaultInstance(), answer);
    }

    @Override
    public void giveUp(GiveUpRequest request, StreamObserver<GiveUpResponse> answer) {
        work.giveUp(
                Duration.ofMillis(request.getAgeMs()),
                count -> GiveUpResponse.newBuilder().setGivenUp(count).build(),
                answer);
    }

    @Override
    public void commit(DecideRequest request, StreamObserver<MoveResponse> answer) {
        work.commit("BankService/Commit", request.getFault(), MoveResponse.getDefaultInstance(), answer);
    }

    @Override
    public void rollback(DecideRequest request, StreamObserver<MoveResponse> answer) {
        work.rollback("BankService/Rollback", request.getFault(), MoveResponse.getDefaultInstance(), answer);
    }
}

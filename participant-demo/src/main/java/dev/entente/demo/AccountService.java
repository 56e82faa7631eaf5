package dev.entente.demo;

import dev.entente.participant.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.AccountServiceGrpc;
import shop.v1.FreezeRequest;
import shop.v1.FreezeResponse;
import shop.v1.SettleRequest;
import shop.v1.SettleResponse;

/**
 * Bank accounts: tables {@code account} and {@code frozen_record}. A record stores the amount that one branch froze, so
 * that two transfers on one account never confirm or cancel each other's money.
 */
final class AccountService extends AccountServiceGrpc.AccountServiceImplBase {
    private final Work work;

    AccountService(Work work) {
        this.work = work;
    }

    @Override
    public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
        work.answer(
                "AccountService/TryFreeze",
                request.getFault(),
                FreezeResponse.getDefaultInstance(),
                answer,
                connection -> {
                    Check.that(request.getCents() != 0, "cents is 0");
                    freeze(connection, request.getAccount(), request.getCents());
                    RowKey key = RowKey.fresh("f-");
                    Sql.update(
                            connection,
                            "insert into frozen_record (id, gid, branch, account_id, amount) values (?, ?, ?, ?, ?)",
                            key.id(),
                            key.gid(),
                            key.branch(),
                            request.getAccount(),
                            request.getCents());
                    return FreezeResponse.newBuilder().setFreezeId(key.id()).build();
                });
    }

    /** Freezes outgoing money only. An account that receives money must exist. */
    private static void freeze(Connection connection, String account, long cents) throws SQLException {
        long outgoing = Math.max(cents, 0);
        int frozen = Sql.update(
                connection,
                "update account set frozen = frozen + ? where id = ? and balance - frozen >= ?",
                outgoing,
                account,
                outgoing);
        if (frozen == 0) {
            throw Sql.first(
                            connection,
                            "select balance - frozen from account where id = ?",
                            row -> row.getLong(1),
                            account)
                    .map(free -> new Rejection(
                            "INSUFFICIENT_FUNDS", account + " has " + free + " cents free, " + cents + " are required"))
                    .orElseGet(() -> new Rejection("NO_SUCH_ACCOUNT", "no account " + account));
        }
    }

    @Override
    public void confirmFreeze(SettleRequest request, StreamObserver<SettleResponse> answer) {
        settle("AccountService/ConfirmFreeze", request, answer, true);
    }

    @Override
    public void cancelFreeze(SettleRequest request, StreamObserver<SettleResponse> answer) {
        settle("AccountService/CancelFreeze", request, answer, false);
    }

    private void settle(String method, SettleRequest request, StreamObserver<SettleResponse> answer, boolean moves) {
        work.answer(method, request.getFault(), SettleResponse.getDefaultInstance(), answer, connection -> {
            FrozenRecord frozen = remove(connection, RowKey.earlier("freeze_id", request.getFreezeId()));
            Sql.update(
                    connection,
                    "update account set frozen = frozen - ?, balance = balance - ? where id = ?",
                    Math.max(frozen.amount(), 0),
                    moves ? frozen.amount() : 0L,
                    frozen.account());
            return SettleResponse.getDefaultInstance();
        });
    }

    private record FrozenRecord(String account, long amount) {}

    private static FrozenRecord remove(Connection connection, RowKey key) throws SQLException {
        return Sql.first(
                        connection,
                        "delete from frozen_record where " + key.condition() + " returning account_id, amount",
                        row -> new FrozenRecord(row.getString(1), row.getLong(2)),
                        key.first(),
                        key.second())
                .orElseThrow(() -> Status.NOT_FOUND
                        .withDescription("no frozen record under " + key)
                        .asRuntimeException());
    }
}

package dev.entente.demo;

import dev.entente.participant.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.ChargeRequest;
import shop.v1.ChargeResponse;
import shop.v1.PaymentServiceGrpc;
import shop.v1.RefundRequest;
import shop.v1.RefundResponse;

/** Prepaid money: tables {@code account} and {@code payment}. */
final class PaymentService extends PaymentServiceGrpc.PaymentServiceImplBase {
    private final Work work;

    PaymentService(Work work) {
        this.work = work;
    }

    @Override
    public void charge(ChargeRequest request, StreamObserver<ChargeResponse> answer) {
        work.answer(
                "PaymentService/Charge",
                request.getFault(),
                ChargeResponse.getDefaultInstance(),
                answer,
                connection -> {
                    Check.that(request.getCents() > 0, "cents must be at least 1, was " + request.getCents());
                    take(connection, request);
                    RowKey key = RowKey.fresh("p-");
                    Sql.update(
                            connection,
                            "insert into payment (id, gid, branch, account_id, cents, state) values (?, ?, ?, ?, ?,"
                                    + " 'CHARGED')",
                            key.id(),
                            key.gid(),
                            key.branch(),
                            request.getAccount(),
                            request.getCents());
                    return ChargeResponse.newBuilder().setPaymentId(key.id()).build();
                });
    }

    private static void take(Connection connection, ChargeRequest request) throws SQLException {
        int taken = Sql.update(
                connection,
                "update account set cents = cents - ? where id = ? and cents >= ?",
                request.getCents(),
                request.getAccount(),
                request.getCents());
        if (taken == 0) {
            throw Sql.first(
                            connection,
                            "select cents from account where id = ?",
                            row -> row.getLong(1),
                            request.getAccount())
                    .map(left -> new Rejection(
                            "INSUFFICIENT_FUNDS",
                            request.getAccount() + " has " + left + " cents, " + request.getCents() + " are due"))
                    .orElseGet(() -> new Rejection("NO_SUCH_ACCOUNT", "no account " + request.getAccount()));
        }
    }

    @Override
    public void refund(RefundRequest request, StreamObserver<RefundResponse> answer) {
        work.answer(
                "PaymentService/Refund",
                request.getFault(),
                RefundResponse.getDefaultInstance(),
                answer,
                connection -> {
                    RowKey key = RowKey.earlier("payment_id", request.getPaymentId());
                    return Sql.first(
                                    connection,
                                    """
                                    with refunded as (
                                      update payment set state = 'REFUNDED' where state = 'CHARGED' and %s returning account_id, cents)
                                    update account set cents = account.cents + refunded.cents from refunded
                                    where account.id = refunded.account_id returning refunded.cents\
                                    """.formatted(key.condition()),
                                    row -> RefundResponse.newBuilder()
                                            .setCents(row.getLong(1))
                                            .build(),
                                    key.first(),
                                    key.second())
                            .orElseThrow(() -> Status.NOT_FOUND
                                    .withDescription("no payment to refund under " + key)
                                    .asRuntimeException());
                });
    }
}

package dev.entente.demo;

import dev.entente.participant.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.CancelOrderRequest;
import shop.v1.CancelOrderResponse;
import shop.v1.CloseOrderRequest;
import shop.v1.CreateOrderRequest;
import shop.v1.CreateOrderResponse;
import shop.v1.OpenOrderRequest;
import shop.v1.OrderServiceGrpc;

/** Orders: table {@code orders}. */
final class OrderService extends OrderServiceGrpc.OrderServiceImplBase {
    private final Work work;

    OrderService(Work work) {
        this.work = work;
    }

    @Override
    public void create(CreateOrderRequest request, StreamObserver<CreateOrderResponse> answer) {
        work.answer(
                "OrderService/Create",
                request.getFault(),
                CreateOrderResponse.getDefaultInstance(),
                answer,
                connection -> {
                    Check.that(!request.getOrder().isEmpty(), "order is empty");
                    Check.that(request.getQuantity() > 0, "quantity must be at least 1, was " + request.getQuantity());
                    insert(connection, request);
                    return CreateOrderResponse.newBuilder()
                            .setOrder(request.getOrder())
                            .build();
                });
    }

    private static void insert(Connection connection, CreateOrderRequest request) throws SQLException {
        RowKey key = RowKey.fresh("");
        int inserted = Sql.update(
                connection,
                """
                insert into orders (id, gid, branch, account, sku, quantity, cents, state)
                values (?, ?, ?, ?, ?, ?, ?, 'CREATED') on conflict (id) do nothing\
                """,
                request.getOrder(),
                key.gid(),
                key.branch(),
                request.getAccount(),
                request.getSku(),
                request.getQuantity(),
                request.getCents());
        if (inserted == 0) {
            throw new Rejection("ORDER_EXISTS", "order " + request.getOrder() + " already exists");
        }
    }

    @Override
    public void open(OpenOrderRequest request, StreamObserver<CreateOrderResponse> answer) {
        work.answer(
                "OrderService/Open",
                request.getFault(),
                CreateOrderResponse.getDefaultInstance(),
                answer,
                connection -> {
                    takeUp(connection, request);
                    return CreateOrderResponse.newBuilder()
                            .setOrder(request.getOrder())
                            .build();
                });
    }

    /**
     * Reads the order again under a row lock. Rejects the call unless the order is PENDING at the price that the
     * customer saw.
     */
    private static void takeUp(Connection connection, OpenOrderRequest request) throws SQLException {
        Pending order = Sql.first(
                        connection,
                        "select state, cents from orders where id = ? for update",
                        row -> new Pending(row.getString(1), row.getLong(2)),
                        request.getOrder())
                .orElseThrow(() -> new Rejection("NO_SUCH_ORDER", "no order " + request.getOrder()));
        if (!order.state().equals("PENDING") || order.cents() != request.getCents()) {
            throw new Rejection(
                    "ORDER_CHANGED", "the order is " + order.state() + " and costs " + order.cents() + " cents");
        }
        RowKey key = RowKey.fresh("");
        Sql.update(
                connection,
                "update orders set gid = ?, branch = ? where id = ?",
                key.gid(),
                key.branch(),
                request.getOrder());
    }

    private record Pending(String state, long cents) {}

    @Override
    public void close(CloseOrderRequest request, StreamObserver<CreateOrderResponse> answer) {
        work.answer(
                "OrderService/Close",
                request.getFault(),
                CreateOrderResponse.getDefaultInstance(),
                answer,
                connection -> {
                    int closed = Sql.update(
                            connection,
                            "update orders set state = 'CREATED' where id = ? and state = 'PENDING'",
                            request.getOrder());
                    Check.that(closed == 1, "no pending order " + request.getOrder());
                    return CreateOrderResponse.newBuilder()
                            .setOrder(request.getOrder())
                            .build();
                });
    }

    @Override
    public void cancel(CancelOrderRequest request, StreamObserver<CancelOrderResponse> answer) {
        work.answer(
                "OrderService/Cancel",
                request.getFault(),
                CancelOrderResponse.getDefaultInstance(),
                answer,
                connection -> {
                    RowKey key = RowKey.earlier("order", request.getOrder());
                    int cancelled = Sql.update(
                            connection,
                            "update orders set state = 'CANCELLED' where state in ('PENDING', 'CREATED') and "
                                    + key.condition(),
                            key.first(),
                            key.second());
                    if (cancelled == 0) {
                        throw Status.NOT_FOUND
                                .withDescription("no order to cancel under " + key)
                                .asRuntimeException();
                    }
                    return CancelOrderResponse.getDefaultInstance();
                });
    }
}

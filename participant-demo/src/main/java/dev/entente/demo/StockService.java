package dev.entente.demo;

import dev.entente.participant.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.ReleaseRequest;
import shop.v1.ReleaseResponse;
import shop.v1.ReserveRequest;
import shop.v1.ReserveResponse;
import shop.v1.StockServiceGrpc;

/** The warehouse: tables {@code stock} and {@code reservation}. A participant of both sagas and TCC. */
final class StockService extends StockServiceGrpc.StockServiceImplBase {
    static final String SET_ASIDE =
            "update stock set reserved = reserved + ? where sku = ? and on_hand - reserved >= ?";
    static final String GIVE_BACK = "update stock set reserved = reserved - ? where sku = ?";
    static final String HAND_OUT = "update stock set reserved = reserved - ?, on_hand = on_hand - ? where sku = ?";

    private final Work work;

    StockService(Work work) {
        this.work = work;
    }

    @Override
    public void reserve(ReserveRequest request, StreamObserver<ReserveResponse> answer) {
        setAside("StockService/Reserve", request, answer);
    }

    @Override
    public void tryReserve(ReserveRequest request, StreamObserver<ReserveResponse> answer) {
        setAside("StockService/TryReserve", request, answer);
    }

    @Override
    public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        giveBack("StockService/Release", request, answer);
    }

    @Override
    public void cancelReserve(ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        giveBack("StockService/CancelReserve", request, answer);
    }

    @Override
    public void confirmReserve(ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        work.answer(
                "StockService/ConfirmReserve",
                request.getFault(),
                ReleaseResponse.getDefaultInstance(),
                answer,
                connection -> {
                    Held held = settle(connection, request, "CONFIRMED");
                    Sql.update(connection, HAND_OUT, held.quantity(), held.quantity(), held.sku());
                    return ReleaseResponse.getDefaultInstance();
                });
    }

    private void setAside(String method, ReserveRequest request, StreamObserver<ReserveResponse> answer) {
        work.answer(method, request.getFault(), ReserveResponse.getDefaultInstance(), answer, connection -> {
            Check.that(request.getQuantity() > 0, "quantity must be at least 1, was " + request.getQuantity());
            if (Sql.update(connection, SET_ASIDE, request.getQuantity(), request.getSku(), request.getQuantity())
                    == 0) {
                throw refusal(connection, request);
            }
            RowKey key = RowKey.fresh("r-");
            Sql.update(
                    connection,
                    "insert into reservation (id, gid, branch, sku, quantity, state) values (?, ?, ?, ?, ?,"
                            + " 'RESERVED')",
                    key.id(),
                    key.gid(),
                    key.branch(),
                    request.getSku(),
                    request.getQuantity());
            return ReserveResponse.newBuilder().setReservationId(key.id()).build();
        });
    }

    private static Rejection refusal(Connection connection, ReserveRequest request) throws SQLException {
        return Sql.first(
                        connection,
                        "select on_hand - reserved from stock where sku = ?",
                        row -> row.getInt(1),
                        request.getSku())
                .map(left -> new Rejection(
                        "OUT_OF_STOCK",
                        "requested " + request.getQuantity() + " of " + request.getSku() + ", available " + left))
                .orElseGet(() -> new Rejection("NO_SUCH_SKU", "no article " + request.getSku()));
    }

    private void giveBack(String method, ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        work.answer(method, request.getFault(), ReleaseResponse.getDefaultInstance(), answer, connection -> {
            Held held = settle(connection, request, "RELEASED");
            Sql.update(connection, GIVE_BACK, held.quantity(), held.sku());
            return ReleaseResponse.getDefaultInstance();
        });
    }

    private record Held(String sku, int quantity) {}

    private static Held settle(Connection connection, ReleaseRequest request, String state) throws SQLException {
        RowKey key = RowKey.earlier("reservation_id", request.getReservationId());
        return Sql.first(
                        connection,
                        "update reservation set state = ? where state = 'RESERVED' and " + key.condition()
                                + " returning sku, quantity",
                        row -> new Held(row.getString(1), row.getInt(2)),
                        state,
                        key.first(),
                        key.second())
                .orElseThrow(() -> Status.NOT_FOUND
                        .withDescription("no open reservation under " + key)
                        .asRuntimeException());
    }
}

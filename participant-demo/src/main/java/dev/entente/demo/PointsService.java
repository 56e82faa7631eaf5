package dev.entente.demo;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.AddPointsRequest;
import shop.v1.AddPointsResponse;
import shop.v1.PointsServiceGrpc;
import shop.v1.TakePointsRequest;
import shop.v1.TakePointsResponse;

/** Bonus points: tables {@code account} and {@code entry}. */
final class PointsService extends PointsServiceGrpc.PointsServiceImplBase {
    private final Work work;

    PointsService(Work work) {
        this.work = work;
    }

    @Override
    public void add(AddPointsRequest request, StreamObserver<AddPointsResponse> answer) {
        work.answer(
                "PointsService/Add",
                request.getFault(),
                AddPointsResponse.getDefaultInstance(),
                answer,
                connection -> add(connection, request));
    }

    @Override
    public void welcome(AddPointsRequest request, StreamObserver<AddPointsResponse> answer) {
        work.once(
                "PointsService/Welcome",
                request.getFault(),
                AddPointsResponse.getDefaultInstance(),
                answer,
                connection -> add(connection, request));
    }

    static AddPointsResponse add(Connection connection, AddPointsRequest request) throws SQLException {
        Check.that(!request.getAccount().isEmpty(), "account is empty");
        Check.that(request.getPoints() > 0, "points must be at least 1, was " + request.getPoints());
        long now = move(connection, request.getAccount(), request.getPoints());
        RowKey key = RowKey.fresh("e-");
        Sql.update(
                connection,
                "insert into entry (id, gid, branch, account_id, points, state) values (?, ?, ?, ?, ?," + " 'ADDED')",
                key.id(),
                key.gid(),
                key.branch(),
                request.getAccount(),
                request.getPoints());
        return AddPointsResponse.newBuilder()
                .setPoints(now)
                .setEntryId(key.id())
                .build();
    }

    @Override
    public void take(TakePointsRequest request, StreamObserver<TakePointsResponse> answer) {
        work.answer(
                "PointsService/Take",
                request.getFault(),
                TakePointsResponse.getDefaultInstance(),
                answer,
                connection -> {
                    RowKey key = RowKey.earlier("entry_id", request.getEntryId());
                    Entry entry = takeBack(connection, key);
                    return TakePointsResponse.newBuilder()
                            .setPoints(move(connection, entry.account(), -entry.points()))
                            .build();
                });
    }

    private record Entry(String account, long points) {}

    private static Entry takeBack(Connection connection, RowKey key) throws SQLException {
        return Sql.first(
                        connection,
                        "update entry set state = 'TAKEN_BACK' where state = 'ADDED' and " + key.condition()
                                + " returning account_id, points",
                        row -> new Entry(row.getString(1), row.getLong(2)),
                        key.first(),
                        key.second())
                .orElseThrow(() -> Status.NOT_FOUND
                        .withDescription("no points to take back under " + key)
                        .asRuntimeException());
    }

    private static long move(Connection connection, String account, long points) throws SQLException {
        return Sql.first(connection, """
            insert into account (id, points) values (?, ?)
            on conflict (id) do update set points = account.points + excluded.points returning points\
            """, row -> row.getLong(1), account, points)
                .orElseThrow();
    }
}

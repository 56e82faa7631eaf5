package dev.entente.demo;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import shop.v1.ReleaseRequest;
import shop.v1.ReleaseResponse;
import shop.v1.ReserveRequest;
import shop.v1.ReserveResponse;
import shop.v1.StockServiceGrpc;

/** A stock service that treats every call as the first and only call. */
final class NaiveStock extends StockServiceGrpc.StockServiceImplBase implements AutoCloseable {
    private final String url;
    private final Server server;

    NaiveStock(String url) throws IOException {
        this.url = url;
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(this)
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void reserve(ReserveRequest request, StreamObserver<ReserveResponse> answer) {
        add(
                request.getQuantity(),
                request.getSku(),
                answer,
                ReserveResponse.newBuilder()
                        .setReservationId(UUID.randomUUID().toString())
                        .build());
    }

    @Override
    public void tryReserve(ReserveRequest request, StreamObserver<ReserveResponse> answer) {
        reserve(request, answer);
    }

    @Override
    public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        add(-1, "A-1", answer, ReleaseResponse.getDefaultInstance());
    }

    @Override
    public void cancelReserve(ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        release(request, answer);
    }

    @Override
    public void confirmReserve(ReleaseRequest request, StreamObserver<ReleaseResponse> answer) {
        release(request, answer);
    }

    private <R> void add(int quantity, String sku, StreamObserver<R> answer, R response) {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement update =
                        connection.prepareStatement("update stock set reserved = reserved + ? where sku = ?")) {
            update.setInt(1, quantity);
            update.setString(2, sku);
            update.executeUpdate();
            answer.onNext(response);
            answer.onCompleted();
        } catch (SQLException e) {
            answer.onError(
                    Status.FAILED_PRECONDITION.withDescription(e.getMessage()).asRuntimeException());
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}

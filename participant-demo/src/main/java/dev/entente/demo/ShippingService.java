package dev.entente.demo;

import io.grpc.stub.StreamObserver;
import shop.v1.CreateShipmentRequest;
import shop.v1.CreateShipmentResponse;
import shop.v1.ShippingServiceGrpc;

/** Parcels: table {@code shipment}. */
final class ShippingService extends ShippingServiceGrpc.ShippingServiceImplBase {
    private final Work work;

    ShippingService(Work work) {
        this.work = work;
    }

    @Override
    public void create(CreateShipmentRequest request, StreamObserver<CreateShipmentResponse> answer) {
        work.answer(
                "ShippingService/Create",
                request.getFault(),
                CreateShipmentResponse.getDefaultInstance(),
                answer,
                connection -> {
                    Check.that(!request.getOrder().isEmpty(), "order is empty");
                    RowKey key = RowKey.fresh("t-");
                    Sql.update(
                            connection,
                            "insert into shipment (tracking, gid, branch, order_id, payment_id) values (?, ?, ?, ?, ?)",
                            key.id(),
                            key.gid(),
                            key.branch(),
                            request.getOrder(),
                            request.getPaymentId());
                    return CreateShipmentResponse.newBuilder()
                            .setTracking(key.id())
                            .build();
                });
    }
}

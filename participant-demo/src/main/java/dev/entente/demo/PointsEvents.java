package dev.entente.demo;

import io.grpc.stub.StreamObserver;
import shop.v1.AddPointsRequest;
import shop.v1.EventTaken;
import shop.v1.OrderEvent;
import shop.v1.PointsEventsGrpc;

/** Bonus points in the choreographed checkout. */
final class PointsEvents extends PointsEventsGrpc.PointsEventsImplBase {
    private static final long CENTS_FOR_A_POINT = 100;

    private final Work work;

    PointsEvents(Work work) {
        this.work = work;
    }

    @Override
    public void onOrderShipped(OrderEvent event, StreamObserver<EventTaken> answer) {
        EventTaken taken = EventTaken.getDefaultInstance();
        AddPointsRequest points = AddPointsRequest.newBuilder()
                .setAccount(event.getAccount())
                .setPoints(Math.max(1, event.getCents() / CENTS_FOR_A_POINT))
                .build();
        work.once("PointsEvents/OnOrderShipped", event.getFault(), taken, answer, connection -> {
            PointsService.add(connection, points);
            return taken;
        });
    }
}

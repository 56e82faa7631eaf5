package dev.entente.demo;

import dev.entente.participant.Branch;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.EventTaken;
import shop.v1.OrderEvent;
import shop.v1.ShippingEventsGrpc;

/** Parcels in the choreographed checkout. */
final class ShippingEvents extends ShippingEventsGrpc.ShippingEventsImplBase {
    private static final int PIECES_OF_A_PARCEL = 100;

    private final Work work;
    private final Announcements announcements = new Announcements();

    ShippingEvents(Work work) {
        this.work = work;
    }

    @Override
    public void onPaymentTaken(OrderEvent event, StreamObserver<EventTaken> answer) {
        EventTaken taken = EventTaken.getDefaultInstance();
        work.once("ShippingEvents/OnPaymentTaken", event.getFault(), taken, answer, connection -> {
            if (event.getQuantity() > PIECES_OF_A_PARCEL) {
                OrderEvent refused = event.toBuilder().setReason("TOO_LARGE").build();
                announcements.say(connection, OrderTopic.SHIPPING_REFUSED, refused);
            } else {
                send(connection, event);
                announcements.say(connection, OrderTopic.ORDER_SHIPPED, event);
            }
            return taken;
        });
    }

    private static void send(Connection connection, OrderEvent event) throws SQLException {
        Branch branch = Branch.required();
        Sql.update(
                connection,
                "insert into shipment (tracking, gid, branch, order_id, payment_id) values (?, ?, ?, ?, ?)",
                "t-" + event.getOrder(),
                branch.gid(),
                branch.name(),
                event.getOrder(),
                "p-" + event.getOrder());
    }
}

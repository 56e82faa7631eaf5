package dev.entente.demo;

import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.EventTaken;
import shop.v1.Fault;
import shop.v1.OrderEvent;
import shop.v1.OrderEventsGrpc;

/** Orders of the choreographed checkout. Each order begins and ends with an event. */
final class OrderEvents extends OrderEventsGrpc.OrderEventsImplBase {
    private static final EventTaken TAKEN = EventTaken.getDefaultInstance();

    private final Work work;
    private final Announcements announcements = new Announcements();

    OrderEvents(Work work) {
        this.work = work;
    }

    @Override
    public void place(OrderEvent order, StreamObserver<EventTaken> answer) {
        work.answer("OrderEvents/Place", Fault.getDefaultInstance(), TAKEN, answer, connection -> {
            Check.that(!order.getOrder().isEmpty(), "order is empty");
            Check.that(order.getQuantity() > 0, "quantity must be at least 1, was " + order.getQuantity());
            Check.that(order.getCents() > 0, "cents must be at least 1, was " + order.getCents());
            if (isNew(connection, order)) {
                announcements.say(connection, OrderTopic.ORDER_PLACED, order);
            }
            return TAKEN;
        });
    }

    private static boolean isNew(Connection connection, OrderEvent order) throws SQLException {
        return Sql.update(
                        connection,
                        """
                        insert into orders (id, account, sku, quantity, cents, state) values (?, ?, ?, ?, ?, 'PENDING')
                        on conflict (id) do nothing\
                        """,
                        order.getOrder(),
                        order.getAccount(),
                        order.getSku(),
                        order.getQuantity(),
                        order.getCents())
                == 1;
    }

    @Override
    public void onOrderShipped(OrderEvent event, StreamObserver<EventTaken> answer) {
        end("OnOrderShipped", event, answer, "CREATED", OrderTopic.ORDER_CONFIRMED);
    }

    @Override
    public void onStockRefused(OrderEvent event, StreamObserver<EventTaken> answer) {
        end("OnStockRefused", event, answer, "CANCELLED", OrderTopic.ORDER_CANCELLED);
    }

    @Override
    public void onStockReleased(OrderEvent event, StreamObserver<EventTaken> answer) {
        end("OnStockReleased", event, answer, "CANCELLED", OrderTopic.ORDER_CANCELLED);
    }

    private void end(
            String method, OrderEvent event, StreamObserver<EventTaken> answer, String state, OrderTopic announced) {
        work.once("OrderEvents/" + method, event.getFault(), TAKEN, answer, connection -> {
            int ended = Sql.update(
                    connection,
                    "update orders set state = ? where id = ? and state = 'PENDING'",
                    state,
                    event.getOrder());
            Check.that(ended == 1, "no pending order " + event.getOrder());
            announcements.say(connection, announced, event);
            return TAKEN;
        });
    }
}

package dev.entente.demo;

import dev.entente.participant.Branch;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.EventTaken;
import shop.v1.OrderEvent;
import shop.v1.StockEventsGrpc;

/**
 * The warehouse in the choreographed checkout. A reservation is found by its order, because its undo comes with another
 * event, under another gid.
 */
final class StockEvents extends StockEventsGrpc.StockEventsImplBase {
    private static final EventTaken TAKEN = EventTaken.getDefaultInstance();

    private final Work work;
    private final Announcements announcements = new Announcements();

    StockEvents(Work work) {
        this.work = work;
    }

    @Override
    public void onOrderPlaced(OrderEvent event, StreamObserver<EventTaken> answer) {
        work.once("StockEvents/OnOrderPlaced", event.getFault(), TAKEN, answer, connection -> {
            if (isSetAside(connection, event)) {
                announcements.say(connection, OrderTopic.STOCK_RESERVED, event);
            } else {
                OrderEvent refused = event.toBuilder().setReason("OUT_OF_STOCK").build();
                announcements.say(connection, OrderTopic.STOCK_REFUSED, refused);
            }
            return TAKEN;
        });
    }

    private static boolean isSetAside(Connection connection, OrderEvent event) throws SQLException {
        int quantity = event.getQuantity();
        if (Sql.update(connection, StockService.SET_ASIDE, quantity, event.getSku(), quantity) == 0) {
            return false;
        }
        Branch branch = Branch.required();
        Sql.update(
                connection,
                "insert into reservation (id, gid, branch, sku, quantity, state) values (?, ?, ?, ?, ?, 'RESERVED')",
                reservation(event),
                branch.gid(),
                branch.name(),
                event.getSku(),
                quantity);
        return true;
    }

    @Override
    public void onPaymentRefused(OrderEvent event, StreamObserver<EventTaken> answer) {
        release("StockEvents/OnPaymentRefused", event, answer);
    }

    @Override
    public void onPaymentRefunded(OrderEvent event, StreamObserver<EventTaken> answer) {
        release("StockEvents/OnPaymentRefunded", event, answer);
    }

    private void release(String method, OrderEvent event, StreamObserver<EventTaken> answer) {
        work.once(method, event.getFault(), TAKEN, answer, connection -> {
            settle(connection, event, "RELEASED");
            Sql.update(connection, StockService.GIVE_BACK, event.getQuantity(), event.getSku());
            announcements.say(connection, OrderTopic.STOCK_RELEASED, event);
            return TAKEN;
        });
    }

    @Override
    public void onOrderShipped(OrderEvent event, StreamObserver<EventTaken> answer) {
        work.once("StockEvents/OnOrderShipped", event.getFault(), TAKEN, answer, connection -> {
            settle(connection, event, "CONFIRMED");
            Sql.update(connection, StockService.HAND_OUT, event.getQuantity(), event.getQuantity(), event.getSku());
            return TAKEN;
        });
    }

    private static void settle(Connection connection, OrderEvent event, String state) throws SQLException {
        String sql = "update reservation set state = ? where id = ? and state = 'RESERVED'";
        if (Sql.update(connection, sql, state, reservation(event)) == 0) {
            throw Status.NOT_FOUND
                    .withDescription("no open reservation of order " + event.getOrder())
                    .asRuntimeException();
        }
    }

    private static String reservation(OrderEvent event) {
        return "r-" + event.getOrder();
    }
}

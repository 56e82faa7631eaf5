package dev.entente.demo;

import dev.entente.participant.Branch;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import shop.v1.EventTaken;
import shop.v1.OrderEvent;
import shop.v1.PaymentEventsGrpc;

/** Prepaid money in the choreographed checkout. A refusal is an ordinary event, and not a refused delivery. */
final class PaymentEvents extends PaymentEventsGrpc.PaymentEventsImplBase {
    private static final EventTaken TAKEN = EventTaken.getDefaultInstance();

    private final Work work;
    private final Announcements announcements = new Announcements();

    PaymentEvents(Work work) {
        this.work = work;
    }

    @Override
    public void onStockReserved(OrderEvent event, StreamObserver<EventTaken> answer) {
        work.once("PaymentEvents/OnStockReserved", event.getFault(), TAKEN, answer, connection -> {
            if (isTaken(connection, event)) {
                announcements.say(connection, OrderTopic.PAYMENT_TAKEN, event);
            } else {
                OrderEvent refused =
                        event.toBuilder().setReason("INSUFFICIENT_FUNDS").build();
                announcements.say(connection, OrderTopic.PAYMENT_REFUSED, refused);
            }
            return TAKEN;
        });
    }

    private static boolean isTaken(Connection connection, OrderEvent event) throws SQLException {
        String take = "update account set cents = cents - ? where id = ? and cents >= ?";
        if (Sql.update(connection, take, event.getCents(), event.getAccount(), event.getCents()) == 0) {
            return false;
        }
        Branch branch = Branch.required();
        Sql.update(
                connection,
                "insert into payment (id, gid, branch, account_id, cents, state) values (?, ?, ?, ?, ?, 'CHARGED')",
                payment(event),
                branch.gid(),
                branch.name(),
                event.getAccount(),
                event.getCents());
        return true;
    }

    @Override
    public void onShippingRefused(OrderEvent event, StreamObserver<EventTaken> answer) {
        work.once("PaymentEvents/OnShippingRefused", event.getFault(), TAKEN, answer, connection -> {
            refund(connection, event);
            announcements.say(connection, OrderTopic.PAYMENT_REFUNDED, event);
            return TAKEN;
        });
    }

    private static void refund(Connection connection, OrderEvent event) throws SQLException {
        int refunded = Sql.update(connection, """
            with refunded as (
              update payment set state = 'REFUNDED' where state = 'CHARGED' and id = ? returning account_id, cents)
            update account set cents = account.cents + refunded.cents from refunded where account.id = refunded.account_id\
            """, payment(event));
        if (refunded == 0) {
            throw Status.NOT_FOUND
                    .withDescription("no payment of order " + event.getOrder())
                    .asRuntimeException();
        }
    }

    private static String payment(OrderEvent event) {
        return "p-" + event.getOrder();
    }
}

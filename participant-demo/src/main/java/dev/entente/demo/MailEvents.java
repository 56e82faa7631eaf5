package dev.entente.demo;

import io.grpc.stub.StreamObserver;
import shop.v1.EventTaken;
import shop.v1.MailEventsGrpc;
import shop.v1.OrderEvent;

/** The mails that report the result of the choreographed checkout to customers. */
final class MailEvents extends MailEventsGrpc.MailEventsImplBase {
    private final Work work;

    MailEvents(Work work) {
        this.work = work;
    }

    @Override
    public void onOrderConfirmed(OrderEvent event, StreamObserver<EventTaken> answer) {
        report("MailEvents/OnOrderConfirmed", event, answer, "Confirmed");
    }

    @Override
    public void onOrderCancelled(OrderEvent event, StreamObserver<EventTaken> answer) {
        report("MailEvents/OnOrderCancelled", event, answer, "Cancelled");
    }

    private void report(String method, OrderEvent event, StreamObserver<EventTaken> answer, String subject) {
        EventTaken taken = EventTaken.getDefaultInstance();
        work.once(method, event.getFault(), taken, answer, connection -> {
            MailService.write(connection, event.getOrder(), subject);
            return taken;
        });
    }
}

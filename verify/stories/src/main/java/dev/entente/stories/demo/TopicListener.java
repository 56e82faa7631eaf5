package dev.entente.stories.demo;

import dev.entente.client.Entente;
import dev.entente.demo.OrderTopic;
import dev.entente.demo.ShopService;
import dev.entente.stories.judge.ParticipantEffect;
import io.grpc.MethodDescriptor;
import java.util.List;
import shop.v1.EventTaken;
import shop.v1.MailEventsGrpc;
import shop.v1.OrderEvent;
import shop.v1.OrderEventsGrpc;
import shop.v1.PaymentEventsGrpc;
import shop.v1.PointsEventsGrpc;
import shop.v1.ShippingEventsGrpc;
import shop.v1.StockEventsGrpc;

/** A service that reacts to a topic of the choreographed checkout. All listeners together are the complete checkout. */
record TopicListener(OrderTopic topic, ShopService service, MethodDescriptor<OrderEvent, EventTaken> method) {
    private static final List<TopicListener> ALL = List.of(
            new TopicListener(OrderTopic.ORDER_PLACED, ShopService.STOCK, StockEventsGrpc.getOnOrderPlacedMethod()),
            new TopicListener(
                    OrderTopic.STOCK_RESERVED, ShopService.PAYMENT, PaymentEventsGrpc.getOnStockReservedMethod()),
            new TopicListener(OrderTopic.STOCK_REFUSED, ShopService.ORDER, OrderEventsGrpc.getOnStockRefusedMethod()),
            new TopicListener(
                    OrderTopic.PAYMENT_TAKEN, ShopService.SHIPPING, ShippingEventsGrpc.getOnPaymentTakenMethod()),
            new TopicListener(
                    OrderTopic.PAYMENT_REFUSED, ShopService.STOCK, StockEventsGrpc.getOnPaymentRefusedMethod()),
            new TopicListener(OrderTopic.ORDER_SHIPPED, ShopService.ORDER, OrderEventsGrpc.getOnOrderShippedMethod()),
            new TopicListener(OrderTopic.ORDER_SHIPPED, ShopService.STOCK, StockEventsGrpc.getOnOrderShippedMethod()),
            new TopicListener(OrderTopic.ORDER_SHIPPED, ShopService.POINTS, PointsEventsGrpc.getOnOrderShippedMethod()),
            new TopicListener(
                    OrderTopic.SHIPPING_REFUSED, ShopService.PAYMENT, PaymentEventsGrpc.getOnShippingRefusedMethod()),
            new TopicListener(
                    OrderTopic.PAYMENT_REFUNDED, ShopService.STOCK, StockEventsGrpc.getOnPaymentRefundedMethod()),
            new TopicListener(OrderTopic.STOCK_RELEASED, ShopService.ORDER, OrderEventsGrpc.getOnStockReleasedMethod()),
            new TopicListener(OrderTopic.ORDER_CONFIRMED, ShopService.MAIL, MailEventsGrpc.getOnOrderConfirmedMethod()),
            new TopicListener(
                    OrderTopic.ORDER_CANCELLED, ShopService.MAIL, MailEventsGrpc.getOnOrderCancelledMethod()));

    /** Subscribes all listeners. Blocks. */
    static void subscribeAll(Entente entente) {
        ALL.forEach(listener -> listener.subscribe(entente));
    }

    /** Subscribes this listener. Blocks. */
    void subscribe(Entente entente) {
        entente.topics().subscribe(topic.label(), service.label(), entente.participant(service.label()), method);
    }

    static List<TopicListener> of(OrderTopic topic) {
        return ALL.stream().filter(listener -> listener.topic == topic).toList();
    }

    /** Returns the ledger row of the service after it has processed this order's event. */
    ParticipantEffect effect(String order) {
        String name = method.getFullMethodName();
        return new ParticipantEffect(
                service,
                topic.gid(order),
                "delivery-1." + service.label(),
                "deliver",
                name.substring(name.lastIndexOf('.') + 1));
    }
}

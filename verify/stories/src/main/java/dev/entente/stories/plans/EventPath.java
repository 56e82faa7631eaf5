package dev.entente.stories.plans;

import static dev.entente.demo.OrderTopic.ORDER_CANCELLED;
import static dev.entente.demo.OrderTopic.ORDER_CONFIRMED;
import static dev.entente.demo.OrderTopic.ORDER_PLACED;
import static dev.entente.demo.OrderTopic.ORDER_SHIPPED;
import static dev.entente.demo.OrderTopic.PAYMENT_REFUNDED;
import static dev.entente.demo.OrderTopic.PAYMENT_TAKEN;
import static dev.entente.demo.OrderTopic.STOCK_RELEASED;
import static dev.entente.demo.OrderTopic.STOCK_RESERVED;

import dev.entente.demo.OrderTopic;
import java.util.List;
import shop.v1.Fault;
import shop.v1.OrderEvent;

/**
 * The paths of the choreographed checkout. Each path has an order that takes it, and its events from cause to effect.
 */
public enum EventPath {
    /** All services accept. */
    CONFIRMED("", "", 2),
    /** There are not enough pieces: there is nothing to undo. */
    STOCK_REFUSED("", "B-1", 2),
    /** The customer has too little money: the goods are released. */
    PAYMENT_REFUSED("carol", "", 2),
    /** The order is too large for a parcel: the money is refunded, then the goods are released. */
    SHIPPING_REFUSED("", "", 101);

    private static final long CENTS = 1800;

    private final String account;
    private final String sku;
    private final int quantity;

    EventPath(String account, String sku, int quantity) {
        this.account = account;
        this.sku = sku;
        this.quantity = quantity;
    }

    /** Returns the topics of the path's events, in causal order. */
    public List<OrderTopic> topics() {
        return switch (this) {
            case CONFIRMED -> List.of(ORDER_PLACED, STOCK_RESERVED, PAYMENT_TAKEN, ORDER_SHIPPED, ORDER_CONFIRMED);
            case STOCK_REFUSED -> List.of(ORDER_PLACED, OrderTopic.STOCK_REFUSED, ORDER_CANCELLED);
            case PAYMENT_REFUSED ->
                List.of(ORDER_PLACED, STOCK_RESERVED, OrderTopic.PAYMENT_REFUSED, STOCK_RELEASED, ORDER_CANCELLED);
            case SHIPPING_REFUSED ->
                List.of(
                        ORDER_PLACED,
                        STOCK_RESERVED,
                        PAYMENT_TAKEN,
                        OrderTopic.SHIPPING_REFUSED,
                        PAYMENT_REFUNDED,
                        STOCK_RELEASED,
                        ORDER_CANCELLED);
        };
    }

    /** Returns the gids of the order's events, in causal order. */
    public List<String> gids(String order) {
        return topics().stream().map(topic -> topic.gid(order)).toList();
    }

    /** Returns the topic of the last event of an order. */
    public OrderTopic last() {
        return topics().getLast();
    }

    /**
     * Returns an order that takes this path.
     *
     * @param rich an account with enough money for the order
     * @param plenty an article with enough pieces
     * @param delivery faults of the services that receive the order's events
     */
    public OrderEvent order(String name, String rich, String plenty, Fault delivery) {
        return OrderEvent.newBuilder()
                .setOrder(name)
                .setAccount(account.isEmpty() ? rich : account)
                .setSku(sku.isEmpty() ? plenty : sku)
                .setQuantity(quantity)
                .setCents(CENTS)
                .setFault(delivery)
                .build();
    }
}

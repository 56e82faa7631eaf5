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
 * The ways in which the choreographed checkout can go: for each an order that goes so, and its events from cause to
 * effect.
 */
public enum EventPath {
    /** Nobody refuses. */
    CONFIRMED("", "", 2),
    /** There are not enough pieces: nothing is to be undone. */
    STOCK_REFUSED("", "B-1", 2),
    /** The customer has too little money: the goods go back. */
    PAYMENT_REFUSED("carol", "", 2),
    /** No parcel is so large: the money goes back, then the goods. */
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

    /** Returns the topics of its events, in causal order. */
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

    /** The gids of its events, in causal order. */
    public List<String> gids(String order) {
        return topics().stream().map(topic -> topic.gid(order)).toList();
    }

    /** The event after which nothing is said of an order any more. */
    public OrderTopic last() {
        return topics().getLast();
    }

    /**
     * An order that goes so.
     *
     * @param rich an account with enough money for it
     * @param plenty an article of which there is enough
     * @param delivery trouble of whoever takes one of its events
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

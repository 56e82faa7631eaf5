package dev.entente.demo;

import java.util.Locale;

/** The events of an order in the choreographed checkout. */
public enum OrderTopic {
    ORDER_PLACED,
    STOCK_RESERVED,
    STOCK_REFUSED,
    PAYMENT_TAKEN,
    PAYMENT_REFUSED,
    ORDER_SHIPPED,
    SHIPPING_REFUSED,
    PAYMENT_REFUNDED,
    STOCK_RELEASED,
    ORDER_CONFIRMED,
    ORDER_CANCELLED;

    /** The label with the order's name, which all events of one order carry. */
    public static final String CHAIN = "chain";

    /** The label with the gid of the event that caused this event. The first event of an order has no such label. */
    public static final String CAUSE = "cause";

    /** Returns the topic's name: {@code "order-placed"}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the gid of this event of an order. The event happens once per order. */
    public String gid(String order) {
        return order + "." + label();
    }
}

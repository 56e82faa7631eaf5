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

    /** The label that all events of one order carry: its name. */
    public static final String CHAIN = "chain";

    /** The label that names the event to which this one is the answer, by its gid; the first has none. */
    public static final String CAUSE = "cause";

    /** The topic's name: {@code "order-placed"}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The gid of that event of that order. It happens once. */
    public String gid(String order) {
        return order + "." + label();
    }
}

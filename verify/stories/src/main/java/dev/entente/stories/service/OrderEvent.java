package dev.entente.stories.service;

import java.util.Random;

/** The events of an order's life. */
public enum OrderEvent {
    PAY,
    SHIP,
    DELIVER,
    CANCEL;

    /** Any of them. */
    public static OrderEvent any(Random random) {
        return values()[random.nextInt(values().length)];
    }
}

package dev.entente.stories.service;

import java.util.Random;

/** The events of an order. */
public enum OrderEvent {
    PAY,
    SHIP,
    DELIVER,
    CANCEL;

    public static OrderEvent any(Random random) {
        return values()[random.nextInt(values().length)];
    }
}

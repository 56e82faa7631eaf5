package dev.entente.lab.service;

import java.util.Random;

/** The events of an order's life. */
enum OrderEvent {
    PAY,
    SHIP,
    DELIVER,
    CANCEL;

    static OrderEvent any(Random random) {
        return values()[random.nextInt(values().length)];
    }
}

package dev.entente.stories.service;

import dev.entente.statemachine.StateMachine;

/** The states of an order. */
public enum OrderState {
    CREATED,
    PAID,
    SHIPPED,
    DELIVERED,
    CANCELLED;

    /** Returns the state machine that docs/patterns/order-states.md describes. */
    public static StateMachine<OrderState, OrderEvent> machine() {
        return StateMachine.named("order", OrderState.class, OrderEvent.class)
                .startsIn(CREATED)
                .on(OrderEvent.PAY, CREATED, PAID)
                .on(OrderEvent.SHIP, PAID, SHIPPED)
                .on(OrderEvent.DELIVER, SHIPPED, DELIVERED)
                .on(OrderEvent.CANCEL, CREATED, CANCELLED)
                .on(OrderEvent.CANCEL, PAID, CANCELLED)
                .endsIn(DELIVERED, CANCELLED)
                .build();
    }
}

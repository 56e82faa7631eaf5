package dev.entente.stories.service;

import dev.entente.statemachine.StateMachine;

/** The states of an order's life. */
public enum OrderState {
    CREATED,
    PAID,
    SHIPPED,
    DELIVERED,
    CANCELLED;

    /** Its life, as docs/patterns/order-states.md has it. */
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

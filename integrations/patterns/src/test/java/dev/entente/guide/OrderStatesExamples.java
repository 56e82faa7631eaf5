package dev.entente.guide;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.statemachine.GuardedStates;
import dev.entente.statemachine.StateMachine;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The examples of {@code docs/patterns/order-states.md}. A test compares them with the page. */
final class OrderStatesExamples {
    private OrderStatesExamples() {}

    /** The states of an order. */
    enum OrderState {
        CREATED,
        PAID,
        SHIPPED,
        DELIVERED,
        CANCELLED
    }

    /** The events of an order. */
    enum OrderEvent {
        PAY,
        SHIP,
        DELIVER,
        CANCEL
    }

    static StateMachine<OrderState, OrderEvent> orders() {
        StateMachine<OrderState, OrderEvent> orders = StateMachine.named("order", OrderState.class, OrderEvent.class)
                .startsIn(OrderState.CREATED)
                .on(OrderEvent.PAY, OrderState.CREATED, OrderState.PAID)
                .on(OrderEvent.SHIP, OrderState.PAID, OrderState.SHIPPED)
                .on(OrderEvent.DELIVER, OrderState.SHIPPED, OrderState.DELIVERED)
                .on(OrderEvent.CANCEL, OrderState.CREATED, OrderState.CANCELLED)
                .on(OrderEvent.CANCEL, OrderState.PAID, OrderState.CANCELLED)
                .endsIn(OrderState.DELIVERED, OrderState.CANCELLED)
                .build();
        return orders;
    }

    static GuardedStates<OrderState, OrderEvent> kept(
            StateMachine<OrderState, OrderEvent> orders, DataSource dataSource) throws SQLException {
        GuardedStates<OrderState, OrderEvent> states = GuardedStates.postgres(orders);
        states.createTables(dataSource);
        return states;
    }

    static void pay(
            Connection connection,
            GuardedStates<OrderState, OrderEvent> states,
            String order,
            Outbox outbox,
            OutboxMessage receipt)
            throws SQLException {
        states.create(connection, order);
        states.transition(connection, order, OrderEvent.PAY, (same, paid) -> outbox.enqueue(same, receipt));
        connection.commit();
    }
}

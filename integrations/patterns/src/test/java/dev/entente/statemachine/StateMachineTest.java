package dev.entente.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StateMachineTest {
    static final StateMachine<OrderState, OrderEvent> ORDERS = StateMachine.named(
                    "order", OrderState.class, OrderEvent.class)
            .startsIn(OrderState.CREATED)
            .on(OrderEvent.PAY, OrderState.CREATED, OrderState.PAID)
            .on(OrderEvent.SHIP, OrderState.PAID, OrderState.SHIPPED)
            .on(OrderEvent.DELIVER, OrderState.SHIPPED, OrderState.DELIVERED)
            .on(OrderEvent.CANCEL, OrderState.CREATED, OrderState.CANCELLED)
            .on(OrderEvent.CANCEL, OrderState.PAID, OrderState.CANCELLED)
            .endsIn(OrderState.DELIVERED, OrderState.CANCELLED)
            .build();

    @Test
    void an_event_leads_only_to_its_declared_state() {
        assertThat(ORDERS.next(OrderState.CREATED, OrderEvent.PAY)).contains(OrderState.PAID);
        assertThat(ORDERS.next(OrderState.PAID, OrderEvent.PAY)).isEmpty();
        assertThat(ORDERS.allowed(OrderState.PAID)).containsExactly(OrderEvent.SHIP, OrderEvent.CANCEL);
        assertThat(ORDERS.allowed(OrderState.DELIVERED)).isEmpty();
    }

    @Test
    void the_diagram_has_all_transitions_and_the_initial_and_final_states() {
        assertThat(ORDERS.mermaid()).isEqualTo("""
            stateDiagram-v2
                [*] --> CREATED
                CREATED --> PAID : PAY
                PAID --> SHIPPED : SHIP
                SHIPPED --> DELIVERED : DELIVER
                CREATED --> CANCELLED : CANCEL
                PAID --> CANCELLED : CANCEL
                DELIVERED --> [*]
                CANCELLED --> [*]
            """);
    }

    @Test
    void all_defects_of_a_declaration_are_reported_together() {
        assertThatThrownBy(() -> StateMachine.named("order", OrderState.class, OrderEvent.class)
                        .startsIn(OrderState.CREATED)
                        .on(OrderEvent.PAY, OrderState.CREATED, OrderState.PAID)
                        .on(OrderEvent.SHIP, OrderState.SHIPPED, OrderState.DELIVERED)
                        .on(OrderEvent.CANCEL, OrderState.CREATED, OrderState.CANCELLED)
                        .on(OrderEvent.CANCEL, OrderState.CANCELLED, OrderState.CANCELLED)
                        .endsIn(OrderState.CANCELLED)
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'order'")
                .hasMessageContaining("PAID has no outgoing transition and is not a final state")
                .hasMessageContaining("SHIPPED is never reached")
                .hasMessageContaining("DELIVERED is never reached")
                .hasMessageContaining("CANCELLED is a final state and has an outgoing transition")
                .hasMessageContaining("DELIVER has no transition");
    }

    @Test
    void a_machine_needs_a_valid_name_an_initial_state_and_unique_transitions() {
        assertThatThrownBy(() -> StateMachine.named("Order", OrderState.class, OrderEvent.class))
                .hasMessageContaining("'Order'");
        assertThatThrownBy(() -> StateMachine.named("order", OrderState.class, OrderEvent.class)
                        .build())
                .hasMessageContaining("startsIn");
        assertThatThrownBy(() -> StateMachine.named("order", OrderState.class, OrderEvent.class)
                        .on(OrderEvent.PAY, OrderState.CREATED, OrderState.PAID)
                        .on(OrderEvent.PAY, OrderState.CREATED, OrderState.CANCELLED))
                .hasMessageContaining("PAY leads from CREATED to PAID already");
    }
}

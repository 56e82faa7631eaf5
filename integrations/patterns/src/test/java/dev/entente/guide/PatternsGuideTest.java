package dev.entente.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class PatternsGuideTest {
    @Test
    void each_java_block_of_the_idempotency_page_is_part_of_a_compiled_example() throws IOException {
        Guide.hold("docs/patterns/idempotency.md", 4, "IdempotencyExamples");
    }

    @Test
    void the_order_states_page_has_compiled_java_and_the_machines_own_diagram() throws IOException {
        Guide.hold("docs/patterns/order-states.md", 3, "OrderStatesExamples");
        assertThat(Guide.read("docs/patterns/order-states.md"))
                .contains(OrderStatesExamples.orders().mermaid());
    }

    @Test
    void each_java_block_of_the_event_store_page_is_part_of_a_compiled_example() throws IOException {
        Guide.hold("docs/patterns/event-store.md", 6, "EventStoreExamples");
    }
}

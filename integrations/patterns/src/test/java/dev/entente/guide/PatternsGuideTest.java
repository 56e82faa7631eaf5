package dev.entente.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class PatternsGuideTest {
    @Test
    void the_java_of_the_page_about_keys_is_in_an_example_that_compiles() throws IOException {
        Guide.hold("docs/patterns/idempotency.md", 4, "IdempotencyExamples");
    }

    @Test
    void the_page_about_states_has_java_that_compiles_and_the_machines_own_drawing() throws IOException {
        Guide.hold("docs/patterns/order-states.md", 3, "OrderStatesExamples");
        assertThat(Guide.read("docs/patterns/order-states.md"))
                .contains(OrderStatesExamples.orders().mermaid());
    }

    @Test
    void the_java_of_the_page_about_events_is_in_an_example_that_compiles() throws IOException {
        Guide.hold("docs/patterns/event-store.md", 6, "EventStoreExamples");
    }
}

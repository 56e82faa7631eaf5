package dev.entente.guide;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class OutboxGuideTest {
    @Test
    void the_java_of_the_page_is_in_an_example_that_compiles() throws IOException {
        Guide.hold("docs/patterns/outbox.md", 7, "OutboxExamples");
    }
}

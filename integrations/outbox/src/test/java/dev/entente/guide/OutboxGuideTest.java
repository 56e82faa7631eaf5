package dev.entente.guide;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class OutboxGuideTest {
    @Test
    void each_java_block_of_the_page_is_part_of_a_compiled_example() throws IOException {
        Guide.hold("docs/patterns/outbox.md", 7, "OutboxExamples");
    }
}

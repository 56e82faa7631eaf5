package dev.entente.guide;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class GuideTest {
    @Test
    void every_java_block_of_the_guide_is_in_a_compiled_example() throws IOException {
        Guide.hold("docs/sdk.md", 32, "CallerExamples", "ParticipantExamples");
    }

    @Test
    void the_java_block_of_the_readme_is_in_a_compiled_example() throws IOException {
        Guide.hold("README.md", 1, "ReadmeExample");
    }
}

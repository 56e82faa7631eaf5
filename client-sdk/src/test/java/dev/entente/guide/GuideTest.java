package dev.entente.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GuideTest {
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void every_line_of_java_in_the_guide_stands_in_an_example_that_compiles() throws IOException {
        String examples = example("CallerExamples") + example("ParticipantExamples");
        assertThat(blocks("../docs/sdk.md"))
                .hasSizeGreaterThan(8)
                .allSatisfy(block -> assertThat(withoutSpace(examples)).contains(withoutSpace(block)));
    }

    @Test
    void the_java_of_the_outboxs_page_stands_in_an_example_that_compiles() throws IOException {
        String example = example("OutboxExamples");
        assertThat(blocks("../docs/patterns/outbox.md"))
                .hasSizeGreaterThan(5)
                .allSatisfy(block -> assertThat(withoutSpace(example)).contains(withoutSpace(block)));
    }

    @Test
    void the_java_of_the_page_about_keys_stands_in_an_example_that_compiles() throws IOException {
        String example = example("IdempotencyExamples");
        assertThat(blocks("../docs/patterns/idempotency.md"))
                .hasSize(4)
                .allSatisfy(block -> assertThat(withoutSpace(example)).contains(withoutSpace(block)));
    }

    @Test
    void the_page_about_states_has_java_that_compiles_and_the_machines_own_drawing() throws IOException {
        String page = "../docs/patterns/order-states.md";
        String example = example("OrderStatesExamples");
        assertThat(blocks(page))
                .hasSize(3)
                .allSatisfy(block -> assertThat(withoutSpace(example)).contains(withoutSpace(block)));
        assertThat(Files.readString(Path.of(page)))
                .contains(OrderStatesExamples.orders().mermaid());
    }

    @Test
    void the_java_of_the_page_about_events_stands_in_an_example_that_compiles() throws IOException {
        String example = example("EventStoreExamples");
        assertThat(blocks("../docs/patterns/event-store.md"))
                .hasSize(6)
                .allSatisfy(block -> assertThat(withoutSpace(example)).contains(withoutSpace(block)));
    }

    @Test
    void the_java_of_the_readme_stands_in_an_example_that_compiles() throws IOException {
        String example = example("ReadmeExample");
        assertThat(blocks("../README.md"))
                .isNotEmpty()
                .allSatisfy(block -> assertThat(withoutSpace(example)).contains(withoutSpace(block)));
    }

    private static List<String> blocks(String page) throws IOException {
        return JAVA.matcher(Files.readString(Path.of(page)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static String example(String name) throws IOException {
        return Files.readString(Path.of("src/test/java/dev/entente/guide/" + name + ".java"));
    }

    private static String withoutSpace(String code) {
        return code.replaceAll("\\s", "");
    }
}

package dev.entente.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DocumentedCodeTest {
    private static final Pattern CODE = Pattern.compile("```(?:java|sql)\n(.*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @CsvSource({"isolation, 7", "topics, 2"})
    void the_code_of_a_page_is_contained_in_the_demo_services(String page, int examples) throws IOException {
        List<String> blocks = CODE.matcher(Files.readString(Path.of("../docs/patterns/" + page + ".md")))
                .results()
                .map(found -> withoutSpace(found.group(1)))
                .toList();
        String services = services();
        assertThat(blocks)
                .hasSize(examples)
                .allSatisfy(block -> assertThat(services).contains(block));
    }

    private static String services() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/entente/demo"))) {
            return files.map(DocumentedCodeTest::text).collect(Collectors.joining());
        }
    }

    private static String text(Path file) {
        try {
            return withoutSpace(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutSpace(String code) {
        return code.replaceAll("\\s", "");
    }
}

package dev.entente.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class IsolationPageTest {
    private static final Pattern CODE = Pattern.compile("```(?:java|sql)\n(.*?)```", Pattern.DOTALL);

    @Test
    void the_code_of_the_page_on_isolation_stands_in_the_demos_services() throws IOException {
        List<String> blocks = CODE.matcher(Files.readString(Path.of("../docs/patterns/isolation.md")))
                .results()
                .map(found -> withoutSpace(found.group(1)))
                .toList();
        String services = services();
        assertThat(blocks).hasSize(7).allSatisfy(block -> assertThat(services).contains(block));
    }

    private static String services() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/entente/demo"))) {
            return files.map(IsolationPageTest::text).collect(Collectors.joining());
        }
    }

    private static String text(Path file) {
        try {
            return withoutSpace(Files.readString(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String withoutSpace(String code) {
        return code.replaceAll("\\s", "");
    }
}

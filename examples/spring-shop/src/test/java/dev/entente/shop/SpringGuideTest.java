package dev.entente.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the code of docs/spring.md with this example, which the other tests run. */
class SpringGuideTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(?:java|yaml|xml)\n(.*?)^```$");
    /** The source of the Spring Security filter chain, which the example does not have. */
    private static final Path SECURITY =
            Path.of("../../integrations/spring-boot-starter/src/test/java/dev/entente/spring/SecurityIT.java");

    private static final Pattern LEFT_OUT = Pattern.compile("(?m)^\\s*…$");

    @Test
    void every_line_of_code_in_the_guide_is_in_this_example() throws IOException {
        StringBuilder example = new StringBuilder(unindented(Files.readString(Path.of("pom.xml"))));
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                example.append(unindented(Files.readString(file)));
            }
        }
        example.append(unindented(Files.readString(SECURITY)));
        List<String> parts = BLOCK.matcher(Files.readString(Path.of("../../docs/spring.md")))
                .results()
                .flatMap(block -> LEFT_OUT.splitAsStream(block.group(1)))
                .map(SpringGuideTest::unindented)
                .toList();
        assertThat(parts)
                .hasSizeGreaterThan(10)
                .allSatisfy(part -> assertThat(example).contains(part));
    }

    private static String unindented(String text) {
        return ("\n" + text + "\n").replaceAll("(?m)^\\s+", "").replaceAll("(?m)^\\s*\n", "");
    }
}

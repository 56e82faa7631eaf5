package dev.entente.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the code of docs/spring.md against this example, which the other tests run. */
class SpringGuideTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(java|yaml|xml)\n(.*?)^```$");
    private static final String LEFT_OUT = "(?m)^\\s*…$";

    @Test
    void every_line_of_code_in_the_guide_stands_in_this_example() throws IOException {
        String example;
        try (Stream<Path> files = Stream.concat(Stream.of(Path.of("pom.xml")), Files.walk(Path.of("src")))) {
            example = files.filter(Files::isRegularFile)
                    .map(SpringGuideTest::read)
                    .map(SpringGuideTest::unindented)
                    .collect(Collectors.joining());
        }
        List<String> blocks = BLOCK.matcher(read(Path.of("../../docs/spring.md")))
                .results()
                .map(found -> found.group(2))
                .toList();
        assertThat(blocks)
                .hasSizeGreaterThan(6)
                .allSatisfy(block -> assertThat(Stream.of(block.split(LEFT_OUT)).map(SpringGuideTest::unindented))
                        .allSatisfy(part -> assertThat(example).contains(part)));
    }

    private static String unindented(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n", "\n", "\n"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}

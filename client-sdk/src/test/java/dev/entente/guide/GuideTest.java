package dev.entente.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GuideTest {
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void every_line_of_java_in_the_guide_stands_in_an_example_that_compiles() throws IOException {
        String examples = example("CallerExamples") + example("ParticipantExamples");
        List<String> blocks = JAVA.matcher(Files.readString(Path.of("../docs/sdk.md")))
                .results()
                .map(GuideTest::block)
                .toList();

        assertThat(blocks)
                .hasSizeGreaterThan(8)
                .allSatisfy(block -> assertThat(withoutSpace(examples)).contains(withoutSpace(block)));
    }

    private static String block(MatchResult found) {
        return found.group(1);
    }

    private static String example(String name) throws IOException {
        return Files.readString(Path.of("src/test/java/dev/entente/guide/" + name + ".java"));
    }

    private static String withoutSpace(String code) {
        return code.replaceAll("\\s", "");
    }
}

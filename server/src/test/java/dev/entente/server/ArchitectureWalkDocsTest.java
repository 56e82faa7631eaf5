package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the walk and the index of docs/architecture.md against the source: what they name exists. */
class ArchitectureWalkDocsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern WALK =
            Pattern.compile("\n## One plan, from Submit to its end\n(.*?)\n## ", Pattern.DOTALL);
    private static final Pattern INDEX =
            Pattern.compile("\n### Where something is decided\n(.*?)\n## ", Pattern.DOTALL);
    private static final Pattern STOP = Pattern.compile("(?m)^(\\d+)\\. `(\\w+)\\.(\\w+)`");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)(?:\\.(\\w+))?`");
    private static final int MOST_STOPS = 25;

    private static final List<String> MODULES = List.of(
            "core",
            "server",
            "client-sdk",
            "integrations/kafka",
            "integrations/rocketmq",
            "integrations/kafka-connector",
            "integrations/spring-boot-starter");

    @Test
    void each_stop_is_a_method_that_exists() throws IOException {
        checkNamed(section(WALK));
    }

    @Test
    void what_is_opened_first_exists() throws IOException {
        checkNamed(section(INDEX));
    }

    private static void checkNamed(String text) throws IOException {
        Map<String, String> sources = sources();
        assertThat(NAMED.matcher(text).results()).isNotEmpty().allSatisfy(named -> {
            String source = sources.get(named.group(1));
            assertThat(source).as(named.group()).isNotNull();
            if (named.group(2) != null) {
                assertThat(source).as(named.group()).containsPattern("\\b" + named.group(2) + "\\([^;]*?\\{\n");
            }
        });
    }

    @Test
    void there_are_at_most_twenty_five_stops_in_their_order() throws IOException {
        List<MatchResult> stops = STOP.matcher(section(WALK)).results().toList();
        assertThat(stops).hasSizeBetween(2, MOST_STOPS);
        for (int i = 0; i < stops.size(); i++) {
            assertThat(stops.get(i).group(1)).isEqualTo(Integer.toString(i + 1));
        }
    }

    private static String section(Pattern pattern) throws IOException {
        String page = Files.readString(ROOT.resolve("docs/architecture.md"));
        return pattern.matcher(page).results().findFirst().orElseThrow().group(1);
    }

    /** The main sources of the server, its core and the SDK, by their class. */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }
}

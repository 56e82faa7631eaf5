package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the ways in which a coordinator is started against what it relies on. */
class DeployTest {
    private static final Path ROOT = Path.of("..");
    private static final String COLLECTOR = "-XX:+UseParallelGC";

    /** The folder that is mounted, and the file that is read. */
    private static final Pattern MOUNTED = Pattern.compile("target: (\\S+)");

    private static final Pattern READ = Pattern.compile("ENTENTE_AUTH_TOKEN_FILE: (\\S+)");

    @ParameterizedTest
    @ValueSource(strings = {"entente", "deploy/Dockerfile", "deploy/entente.service", "docs/operations.md"})
    void a_coordinator_without_memory_ends(String file) throws IOException {
        List<String> starts = Files.readAllLines(ROOT.resolve(file)).stream()
                .filter(line -> line.contains(COLLECTOR))
                .toList();
        assertThat(starts).isNotEmpty().allSatisfy(line -> assertThat(line).contains("-XX:+ExitOnOutOfMemoryError"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"entente", "deploy/Dockerfile", "deploy/entente.service", "deploy/aot.sh", "docs/operations.md"})
    void a_coordinator_is_compiled_as_it_was_measured(String file) throws IOException {
        List<String> starts = Files.readAllLines(ROOT.resolve(file)).stream()
                .filter(line -> line.contains(COLLECTOR))
                .toList();
        assertThat(starts)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).contains("-XX:FreqInlineSize=160", "-XX:InlineSmallCode=1500"));
    }

    @Test
    void tokens_are_mounted_with_their_folder_so_that_a_revocation_is_seen() throws IOException {
        String compose = Files.readString(ROOT.resolve("deploy/docker-compose.yaml"));
        Path read = Path.of(only(READ, compose));
        assertThat(Objects.requireNonNull(read.getParent())).isEqualTo(Path.of(only(MOUNTED, compose)));
    }

    private static String only(Pattern pattern, String text) {
        List<MatchResult> found = pattern.matcher(text).results().toList();
        assertThat(found).as(pattern.pattern()).hasSize(1);
        return found.getFirst().group(1);
    }
}

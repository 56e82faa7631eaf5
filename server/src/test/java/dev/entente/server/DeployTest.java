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

/** Holds the ways in which a coordinator is started against what it relies on. */
class DeployTest {
    private static final Path ROOT = Path.of("..");
    /** The folder that is mounted, and the file that is read. */
    private static final Pattern MOUNTED = Pattern.compile("target: (\\S+)");

    private static final Pattern READ = Pattern.compile("ENTENTE_AUTH_TOKEN_FILE: (\\S+)");

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

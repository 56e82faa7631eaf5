package dev.entente.torture.siege;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.torture.siege.attack.Attack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Compares the table of attacks in {@code docs/THREATS.md} with the implemented attacks. */
class SiegeDocTest {
    private static final Pattern NAME = Pattern.compile("`([a-z0-9-]+)`");

    @Test
    void the_documented_attacks_equal_the_implemented_attacks() throws IOException {
        String page = Files.readString(Path.of("..", "..", "docs", "THREATS.md"));
        List<String> reported = page.substring(page.indexOf("| attacks |"))
                .lines()
                .takeWhile(line -> line.startsWith("|"))
                .filter(line -> line.startsWith("| `"))
                .flatMap(row -> NAME.matcher(row.substring(0, row.indexOf(" | ")))
                        .results()
                        .map(found -> found.group(1)))
                .toList();
        assertThat(reported)
                .containsExactlyInAnyOrderElementsOf(
                        Attack.all().stream().map(Attack::name).toList());
    }

    @Test
    void attack_names_are_unique() {
        assertThat(Attack.all()).extracting(Attack::name).doesNotHaveDuplicates();
    }
}

package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanFileTest {
    @Test
    void a_plan_in_another_charset_is_refused_from_a_file_and_from_standard_input(@TempDir Path folder)
            throws IOException {
        byte[] plan = "{\"gid\": \"José\"}".getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("plan.json"), plan);
        Cli read = Cli.run("tx", "submit", "-f", file.toString(), "--target", "127.0.0.1:1");
        Cli fed = Cli.fed(plan, "tx", "submit", "-f", "-", "--target", "127.0.0.1:1");
        assertThat(read.err()).contains("plan.json is not text in UTF-8");
        assertThat(fed.err()).contains("standard input is not text in UTF-8");
        assertThat(fed.exit()).isEqualTo(read.exit()).isNotZero();
    }
}

package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code entente token} on a file with a mistake. */
class TokenCommandTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void create() {
        file = folder.resolve("tokens");
        Cli created = Cli.run("token", "create", "ops", "--role", "operator", "--file", file.toString());
        assertThat(created.exit()).isZero();
    }

    @Test
    void a_token_without_a_role_is_refused_and_the_file_stays() throws IOException {
        List<String> before = Files.readAllLines(file);
        Cli created = Cli.run("token", "create", "idle", "--role", ",", "--file", file.toString());
        assertThat(created.exit()).isEqualTo(2);
        assertThat(created.out()).isEmpty();
        assertThat(created.err()).contains("'idle' has no role; use one of: submitter, viewer, operator, admin");
        assertThat(file).hasContent(String.join("\n", before));
    }

    @Test
    void a_file_of_no_use_is_told_with_its_name_and_why() throws IOException {
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff});
        String nowhere = folder.resolve("nowhere/tokens").toString();
        assertThat(Cli.run("token", "list", "--file", folder.toString()).err())
                .startsWith("the token file " + folder + " is of no use: it is a folder");
        assertThat(Cli.run("token", "list", "--file", binary.toString()).err())
                .startsWith("the token file " + binary + " is of no use: it is not text in UTF-8");
        assertThat(Cli.run("token", "create", "ops", "--role", "viewer", "--file", nowhere)
                        .err())
                .startsWith("the token file " + nowhere + " is of no use: its folder does not exist");
    }

    @Test
    void a_file_that_is_not_there_is_no_empty_list() {
        String missing = folder.resolve("tokns").toString();
        for (Cli asked : List.of(
                Cli.run("token", "list", "--file", missing, "-o", "json"),
                Cli.run("token", "revoke", "ops", "--file", missing))) {
            assertThat(asked.exit()).isEqualTo(2);
            assertThat(asked.out()).isEmpty();
            assertThat(asked.err()).contains("there is no file " + missing).doesNotContain("\tat ");
        }
        assertThat(Path.of(missing)).doesNotExist();
    }
}

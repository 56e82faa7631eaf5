package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code entente token} with invalid roles and files. */
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
    void a_token_without_a_role_is_refused_and_leaves_the_file_unchanged() throws IOException {
        List<String> before = Files.readAllLines(file);
        Cli created = Cli.run("token", "create", "idle", "--role", ",", "--file", file.toString());
        assertThat(created.exit()).isEqualTo(2);
        assertThat(created.out()).isEmpty();
        assertThat(created.err()).contains("'idle' has no role; use one of: submitter, viewer, operator, admin");
        assertThat(file).hasContent(String.join("\n", before));
    }

    @Test
    void an_unusable_token_file_is_reported_with_its_path_and_the_reason() throws IOException {
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff});
        String nowhere = folder.resolve("nowhere/tokens").toString();
        assertThat(Cli.run("token", "list", "--file", folder.toString()).err())
                .startsWith("the token file " + folder + " cannot be used: it is a folder");
        assertThat(Cli.run("token", "list", "--file", binary.toString()).err())
                .startsWith("the token file " + binary + " cannot be used: it is not text in UTF-8");
        assertThat(Cli.run("token", "create", "ops", "--role", "viewer", "--file", nowhere)
                        .err())
                .startsWith("the token file " + nowhere + " cannot be used: its folder does not exist");
    }

    @Test
    void a_missing_token_file_is_an_error_and_is_not_created() {
        String missing = folder.resolve("tokns").toString();
        for (Cli answer : List.of(
                Cli.run("token", "list", "--file", missing, "-o", "json"),
                Cli.run("token", "revoke", "ops", "--file", missing))) {
            assertThat(answer.exit()).isEqualTo(2);
            assertThat(answer.out()).isEmpty();
            assertThat(answer.err()).contains("there is no file " + missing).doesNotContain("\tat ");
        }
        assertThat(Path.of(missing)).doesNotExist();
    }
}

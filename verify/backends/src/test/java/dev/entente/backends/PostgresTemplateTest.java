package dev.entente.backends;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL servers of a user without a template, and of a user whose template is damaged. */
@Tag("deep")
@Tag("template")
class PostgresTemplateTest {
    private final String home = System.getProperty("user.home");
    private final String temporary = System.getProperty("java.io.tmpdir");

    @TempDir
    private Path other;

    @BeforeEach
    void useOtherHome() {
        System.setProperty("user.home", other.toString());
    }

    @AfterEach
    void restoreHome() {
        System.setProperty("user.home", home);
        System.setProperty("java.io.tmpdir", temporary);
    }

    @Test
    void a_template_is_created_and_recreated_when_no_server_starts_on_it() throws Exception {
        PostgresServer.start().close();

        Path version = names(other.resolve(".cache/entente")).get(0);
        assertThat(names(version)).containsExactly(version.resolve("data"), version.resolve("programs"));

        Path mark = Files.createFile(version.resolve("data/mark"));
        PostgresServer.start().close();
        assertThat(mark).as("the template of the first start").exists();

        Path broken = version.resolve("data/postgresql.conf");
        Files.delete(broken);
        PostgresServer.start().close();
        assertThat(broken).exists();
        assertThat(mark).doesNotExist();
        assertThat(names(version)).containsExactly(version.resolve("data"), version.resolve("programs"));
    }

    @Test
    void a_user_without_a_home_gets_a_template_in_the_temporary_folder() throws Exception {
        System.setProperty("user.home", other.resolve("none").toString());
        System.setProperty("java.io.tmpdir", other.toString());

        PostgresServer.start().close();

        Path own = other.resolve("entente-" + Files.getOwner(other).getName());
        assertThat(names(names(own).get(0))).hasSize(2);
    }

    private static List<Path> names(Path folder) throws Exception {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }
}

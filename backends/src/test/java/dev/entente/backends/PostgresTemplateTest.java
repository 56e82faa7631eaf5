package dev.entente.backends;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of initdb, and what earlier runs may have left in its place. */
class PostgresTemplateTest {
    private final Path folder;
    private final Path made;
    private final Path copy;
    private final PostgresTemplate template;

    PostgresTemplateTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        made = Files.createDirectory(folder.resolve("made"));
        copy = folder.resolve("copy");
        template = new PostgresTemplate(
                Files.createDirectory(folder.resolve("kept")), Files.createDirectory(folder.resolve("programs")));
        Files.writeString(made.resolve("postgresql.conf"), "port = 1");
        Files.writeString(Files.createDirectory(made.resolve("base")).resolve("1"), "a table");
        Files.writeString(made.resolve("epg-lock"), "");
    }

    @Test
    void what_was_kept_is_copied() throws IOException {
        assertThat(template.copyTo(copy)).isFalse();

        template.keep(made);

        assertThat(template.copyTo(copy)).isTrue();
        assertThat(copy.resolve("base/1")).hasContent("a table");
        assertThat(copy.resolve("epg-lock")).doesNotExist();
    }

    @Test
    void one_of_which_a_file_is_gone_is_none() throws IOException {
        template.keep(made);
        Files.delete(folder.resolve("kept/template/data/base/1"));

        assertThat(template.copyTo(copy)).isFalse();
        assertThat(copy).doesNotExist();

        template.keep(made);
        assertThat(template.copyTo(copy)).isTrue();
    }

    @Test
    void who_makes_it_removes_what_a_killed_one_has_left() throws IOException {
        Files.createDirectories(folder.resolve("kept/new1/data/base"));
        Files.createDirectories(folder.resolve("programs/PG-1/bin"));
        Files.createDirectories(folder.resolve("programs/PG-2/bin"));
        Files.createFile(folder.resolve("programs/PG-2/.exists"));

        try (FileChannel lock = template.lock()) {
            assertThat(lock.isOpen()).isTrue();
        }

        assertThat(names(folder.resolve("kept"))).containsExactly("lock");
        assertThat(names(folder.resolve("programs"))).containsExactly("PG-2");
    }

    @Test
    void one_that_is_discarded_twice_is_gone() throws IOException {
        template.keep(made);
        template.discard();
        template.discard();

        assertThat(template.copyTo(copy)).isFalse();
        assertThat(names(folder.resolve("kept"))).isEmpty();
    }

    private static List<String> names(Path of) throws IOException {
        try (Stream<Path> entries = Files.list(of)) {
            return entries.map(each -> each.getFileName().toString()).toList();
        }
    }
}

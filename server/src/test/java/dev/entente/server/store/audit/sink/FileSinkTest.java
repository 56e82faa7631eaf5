package dev.entente.server.store.audit.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTest {
    @TempDir
    private Path folder;

    private Path file;
    private FileSink sink;

    @BeforeEach
    void open() {
        file = folder.resolve("audit.jsonl");
        sink = new FileSink(file);
    }

    @AfterEach
    void close() {
        sink.close();
    }

    private static List<SinkLine> lines(String... json) {
        return List.of(json).stream()
                .map(each -> new SinkLine(Instant.EPOCH, "park", false, each))
                .toList();
    }

    @Test
    void lines_are_appended_and_only_the_owner_may_read_them() throws IOException {
        sink.open();
        assertThat(file).isEmptyFile();
        sink.take(lines("{1}", "{2}"));
        sink.take(lines("{3}"));

        assertThat(file).hasContent("{1}\n{2}\n{3}\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void a_file_that_was_moved_away_is_made_anew() throws IOException {
        sink.take(lines("{1}"));
        Files.move(file, folder.resolve("audit.1"));
        sink.take(lines("{2}"));
        Files.delete(file);
        sink.take(lines("{3}"));

        assertThat(folder.resolve("audit.1")).hasContent("{1}\n");
        assertThat(file).hasContent("{3}\n");
    }

    @Test
    void a_file_that_was_emptied_is_appended_to() throws IOException {
        sink.take(lines("{1}"));
        Files.writeString(file, "");
        sink.take(lines("{2}"));

        assertThat(file).hasContent("{2}\n");
    }

    @Test
    void a_line_that_was_cut_off_is_ended_before_the_next_one() throws IOException {
        Files.writeString(file, "{1}\n{2, and then the machi");
        sink.take(lines("{3}"));

        assertThat(file).hasContent("{1}\n{2, and then the machi\n{3}\n");
    }

    @Test
    void what_is_no_file_is_refused_until_there_is_one() throws IOException {
        Files.createDirectory(file);
        assertThatThrownBy(() -> sink.open()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> sink.take(lines("{1}"))).isInstanceOf(IOException.class);
        Files.delete(file);
        sink.take(lines("{2}"));

        assertThat(file).hasContent("{2}\n");
    }

    @Test
    void a_folder_that_is_not_there_is_refused() {
        FileSink nowhere = new FileSink(folder.resolve("none/audit"));
        assertThatThrownBy(nowhere::open).isInstanceOf(IOException.class);
    }
}

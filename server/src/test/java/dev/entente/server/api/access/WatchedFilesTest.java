package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.server.telemetry.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class WatchedFilesTest {
    @RegisterExtension
    final LogLines log = new LogLines(WatchedFiles.class);

    @TempDir
    Path folder;

    private final List<String> taken = new ArrayList<>();
    private Path file;
    private WatchedFiles watched;

    @BeforeEach
    void open() throws IOException {
        file = Files.writeString(folder.resolve("file"), "first");
        watched = WatchedFiles.open(List.of(file), this::take);
    }

    private void take(List<Pem> files) throws GeneralSecurityException {
        String text = files.getFirst().text();
        if (text.startsWith("bad")) {
            throw new GeneralSecurityException("it says " + text);
        }
        taken.add(text);
    }

    private void refreshOften() {
        for (int i = 0; i < 5; i++) {
            watched.refresh();
        }
    }

    @Test
    void a_change_is_applied_once_after_two_equal_reads() throws IOException {
        Files.writeString(file, "half");
        watched.refresh();
        Files.writeString(file, "second");
        watched.refresh();
        assertThat(taken).containsExactly("first");
        refreshOften();
        assertThat(taken).containsExactly("first", "second");
    }

    @Test
    void a_pipe_in_place_of_the_file_is_refused_and_the_next_file_is_applied() throws Exception {
        Files.delete(file);
        pipe(file);
        refreshOften();
        assertThat(watched.state()).isOne();
        Files.delete(file);
        Files.writeString(file, "second");
        refreshOften();
        assertThat(taken).containsExactly("first", "second");
    }

    /** Makes a pipe without a writer. */
    static void pipe(Path at) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("mkfifo", at.toString()).start().waitFor())
                .isZero();
    }

    @Test
    void each_unusable_change_is_logged_once() throws IOException {
        Files.writeString(file, "bad 1");
        refreshOften();
        assertThat(watched.state()).isOne();
        Files.writeString(file, "bad 2");
        refreshOften();
        Files.delete(file);
        refreshOften();
        assertThat(log.reported())
                .satisfiesExactly(
                        line -> assertThat(line).contains("bad 1"),
                        line -> assertThat(line).contains("bad 2"),
                        line -> assertThat(line).contains("NoSuchFile"));
        assertThat(taken).containsExactly("first");

        Files.writeString(file, "first");
        refreshOften();
        assertThat(watched.state()).as("as it was before").isZero();
    }

    @Test
    void a_file_beyond_the_limit_is_not_read() throws IOException {
        Files.write(file, new byte[WatchedFiles.MAX_FILE_BYTES + 1]);
        refreshOften();
        assertThat(watched.state()).isOne();
        assertThatThrownBy(() -> WatchedFiles.open(List.of(file), this::take))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than");
    }
}

package dev.entente.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The folder of a run's data and logs, which is deleted at its end unless somebody wants to read it. Thread-safe. */
public final class RunFolder implements AutoCloseable {
    private final Path path;
    private volatile boolean isKept;

    private RunFolder(Path path) {
        this.path = path;
    }

    /** Makes a new one, whose name begins so. */
    public static RunFolder create(String prefix) throws IOException {
        return new RunFolder(Files.createTempDirectory(prefix));
    }

    public Path path() {
        return path;
    }

    /** Keeps it when this is closed. */
    public void keep() {
        isKept = true;
    }

    /** Deletes {@code folder} and everything below it; nothing if it is not there. */
    public static void delete(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        try (Stream<Path> below = Files.walk(folder)) {
            below.sorted(Comparator.reverseOrder()).forEach(RunFolder::deleteOne);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!isKept) {
            delete(path);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

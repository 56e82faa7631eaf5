package dev.entente.rig;

import dev.entente.backends.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of a run's data and logs, which is deleted at the end unless {@link #keep} was called. Thread-safe. */
public final class RunFolder implements AutoCloseable {
    private final Path path;
    private volatile boolean isKept;

    private RunFolder(Path path) {
        this.path = path;
    }

    /** Creates a new folder with a name that begins with the prefix. */
    public static RunFolder create(String prefix) throws IOException {
        return new RunFolder(Files.createTempDirectory(prefix));
    }

    /** Returns a folder that already exists and is never deleted. */
    static RunFolder lasting(Path path) {
        RunFolder folder = new RunFolder(path);
        folder.keep();
        return folder;
    }

    public Path path() {
        return path;
    }

    /** Keeps the folder when this is closed. */
    public void keep() {
        isKept = true;
    }

    @Override
    public void close() throws IOException {
        if (!isKept) {
            Folders.delete(path);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

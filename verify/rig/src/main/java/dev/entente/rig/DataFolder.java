package dev.entente.rig;

import dev.entente.backends.Folders;
import dev.entente.backends.PostgresProcess;
import dev.entente.backends.PostgresTemplate;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * A folder whose PostgreSQL lasts from one run to the next. The system lets go of its lock when its run ends, however
 * that ends. Thread-safe.
 */
final class DataFolder implements AutoCloseable {
    /** How long the database of a run that was killed may take to end; its guardian sees to that. */
    private static final Duration LEFTOVER = Duration.ofMinutes(1);

    private final Path path;
    private final FileChannel lock;

    private DataFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Opens it for this run alone, and makes what is missing. Blocks.
     *
     * @throws ChildFailure if another run has it, or its database is of another version of PostgreSQL
     */
    static DataFolder open(Path path) throws IOException, InterruptedException {
        Files.createDirectories(path);
        FileChannel lock = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (lock.tryLock() == null) {
                throw taken(path);
            }
            DataFolder folder = new DataFolder(path.toAbsolutePath(), lock);
            folder.prepare();
            return folder;
        } catch (OverlappingFileLockException taken) {
            lock.close();
            throw taken(path);
        } catch (IOException | InterruptedException | RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    private static ChildFailure taken(Path path) {
        return new ChildFailure(
                "another `dev` runs with --data " + path + "; end that one, or give this one another folder", 1);
    }

    private void prepare() throws IOException, InterruptedException {
        if (!Files.exists(postgres())) {
            Path fresh = path.resolve("new");
            Folders.delete(fresh);
            PostgresTemplate.copyTo(fresh);
            Files.move(fresh, postgres(), StandardCopyOption.ATOMIC_MOVE);
        }
        Path version = postgres().resolve("PG_VERSION");
        String theirs = Files.exists(version) ? Files.readString(version).strip() : "none";
        String ours = PostgresTemplate.majorVersion();
        if (!theirs.equals(ours)) {
            throw new ChildFailure(
                    postgres() + " is of PostgreSQL " + theirs + ", and this is PostgreSQL " + ours
                            + "; start the Entente that made it to take the data along with pg_dump, or give --data"
                            + " another folder",
                    1);
        }
        Wait.until(
                "the end of the PostgreSQL that an earlier run left in " + path,
                LEFTOVER,
                Wait.PAUSE,
                () -> PostgresProcess.postmaster(postgres()).isEmpty());
    }

    Path path() {
        return path;
    }

    Path postgres() {
        return path.resolve("postgres");
    }

    Path log() {
        return path.resolve("postgres.log");
    }

    /** Lets the next run have it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}

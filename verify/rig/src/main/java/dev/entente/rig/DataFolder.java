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
 * A folder with a PostgreSQL data directory that several runs use in turn. The operating system releases the folder's
 * lock when a run ends, even after a crash. Thread-safe.
 */
final class DataFolder implements AutoCloseable {
    /** The longest time that the child reaper of a killed run needs to stop that run's database. */
    private static final Duration LEFTOVER = Duration.ofMinutes(1);

    private final Path path;
    private final FileChannel lock;

    private DataFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Locks the folder for this run and creates its missing parts. Blocks.
     *
     * @throws ChildFailure if another run uses the folder, or its database has another version of PostgreSQL
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
                "another `dev` runs with --data " + path + "; stop the other `dev`, or use another folder", 1);
    }

    private void prepare() throws IOException, InterruptedException {
        if (!Files.exists(postgres())) {
            Path fresh = path.resolve("new");
            Folders.delete(fresh);
            PostgresTemplate.copyTo(fresh);
            Files.move(fresh, postgres(), StandardCopyOption.ATOMIC_MOVE);
        }
        Path version = postgres().resolve("PG_VERSION");
        String existingVersion =
                Files.exists(version) ? Files.readString(version).strip() : "none";
        String ownVersion = PostgresTemplate.majorVersion();
        if (!existingVersion.equals(ownVersion)) {
            throw new ChildFailure(
                    postgres() + " was created by PostgreSQL " + existingVersion + ", and this is PostgreSQL "
                            + ownVersion
                            + "; move the data with pg_dump and the Entente that created the folder, or use --data with"
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

    /** Releases the folder for the next run. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}

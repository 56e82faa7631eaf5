package dev.entente.faults.machine;

import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.JavaCommand;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The program and the versions that come after it. Each is the same jar with one more migration, which adds a column
 * and a table, or takes those of the version before away. Thread-safe.
 */
public final class Versions {
    private static final int MIGRATION_SECONDS = 30;
    private static final int TRIES = 4;
    private static final int KEPT = 2;
    /** Read by the server's {@code PlanCodec} alone. */
    private static final Map<String, String> NEWER_FORMAT =
            Map.of("JDK_JAVA_OPTIONS", "-Dentente.fault.formatsAhead=1");

    private final Path folder;
    private final Deque<Path> made = new ArrayDeque<>();
    private final int first;
    private Path newest;
    private boolean isFirstDue;
    private boolean isFormatChanged;
    private int schema;

    /**
     * Begins with that program.
     *
     * @param jar the first; {@code folder} is for those that follow
     * @param isFirstDue whether coordinators run an earlier one, so that the first upgrade is to this
     */
    Versions(Path jar, Path folder, boolean isFirstDue) throws IOException {
        this.folder = folder;
        this.newest = jar;
        this.isFirstDue = isFirstDue;
        try (FileSystem content = FileSystems.newFileSystem(jar)) {
            first = Integer.parseInt(Files.readString(version(content)).strip());
            schema = first;
        }
    }

    private static Path version(FileSystem content) {
        return content.getPath("db/version");
    }

    /** Makes the next version, and has it bring that database up to date while whoever uses it goes on. Blocks. */
    public synchronized Path migrate(int port) throws IOException, InterruptedException {
        if (isFirstDue && isMigrated(newest, port)) {
            isFirstDue = false;
            return newest;
        }
        Path next = Files.copy(newest, folder.resolve("entente-server-" + (schema + 1) + ".jar"));
        try (FileSystem content = FileSystems.newFileSystem(next)) {
            Files.writeString(version(content), (schema + 1) + "\n");
            Files.writeString(
                    content.getPath("db/migration/V%04d__torture.sql".formatted(schema + 1)), migration(schema + 1));
        }
        // Under load it may be chosen to give way to a coordinator that holds the other table.
        boolean isDone = false;
        for (int i = 0; i < TRIES && !isDone; i++) {
            isDone = isMigrated(next, port);
        }
        if (!isDone) {
            Files.delete(next);
            throw new IllegalStateException("the database could not be migrated; the log: " + log());
        }
        // Whoever runs the one before keeps it open; nobody starts it any more.
        made.add(next);
        if (made.size() > KEPT) {
            Files.delete(made.removeFirst());
        }
        newest = next;
        schema++;
        return next;
    }

    /** The newest that rows of the usual format are written by. */
    public synchronized Path newest() {
        return newest;
    }

    /** From its next start on that coordinator is the newest as a later one, whose rows have a newer format. */
    public synchronized void useNewerFormat(CoordinatorNode node) {
        isFormatChanged = true;
        node.use(newest, NEWER_FORMAT);
    }

    /** Tells whether there may be rows that only a coordinator with the newer format can go on with. */
    public synchronized boolean isFormatChanged() {
        return isFormatChanged;
    }

    /** Every other one takes away what the one before has added. */
    private String migration(int version) {
        return (version - first) % 2 == 1 ? """
            create table torture (id bigint primary key);
            alter table open_transaction add column torture integer;
            alter table finished_transaction add column torture integer;
            """ : """
                drop table torture;
                alter table open_transaction drop column torture;
                alter table finished_transaction drop column torture;
                """;
    }

    private Path log() {
        return folder.resolve("migrate.log");
    }

    private boolean isMigrated(Path jar, int port) throws IOException, InterruptedException {
        Process migrate = new ProcessBuilder(
                        JavaCommand.java(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString(),
                        "migrate",
                        "--jdbc-url",
                        "jdbc:postgresql://127.0.0.1:" + port + "/" + TortureRig.COORDINATOR_DATABASE,
                        "--jdbc-user",
                        EmbeddedDatabase.USER)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log().toFile()))
                .start();
        if (!migrate.waitFor(MIGRATION_SECONDS, TimeUnit.SECONDS)) {
            migrate.destroyForcibly().waitFor();
        }
        return migrate.exitValue() == 0;
    }
}

package dev.entente.faults.machine;

import dev.entente.lab.machine.ChildProcess;
import dev.entente.lab.machine.Database;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The program and the versions that come after it: the same jar with one more migration, which adds a column and a table, or takes those of the version
 * before away. Used by one thread at a time.
 */
public final class Versions {
    private static final int MIGRATION_SECONDS = 30;
    private static final int TRIES = 4;
    private static final int KEPT = 2;

    private final Path folder;
    private final Deque<Path> made = new ArrayDeque<>();
    private final int first;
    private Path newest;
    private int schema;

    /** @param jar the first; {@code folder} is for those that follow */
    Versions(Path jar, Path folder) throws IOException {
        this.folder = folder;
        this.newest = jar;
        try (FileSystem content = FileSystems.newFileSystem(jar)) {
            first = Integer.parseInt(Files.readString(version(content)).strip());
            schema = first;
        }
    }

    private static Path version(FileSystem content) {
        return content.getPath("db/version");
    }

    /** Makes the next version, and has it bring that database up to date while whoever uses it goes on. Blocks. */
    public Path migrate(int port) throws IOException, InterruptedException {
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
                        ChildProcess.java(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString(),
                        "migrate",
                        "--jdbc-url",
                        "jdbc:postgresql://127.0.0.1:" + port + "/" + Room.COORDINATOR_DATABASE,
                        "--jdbc-user",
                        Database.USER)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log().toFile()))
                .start();
        if (!migrate.waitFor(MIGRATION_SECONDS, TimeUnit.SECONDS)) {
            migrate.destroyForcibly().waitFor();
        }
        return migrate.exitValue() == 0;
    }
}

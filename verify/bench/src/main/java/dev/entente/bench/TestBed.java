package dev.entente.bench;

import dev.entente.backends.Folders;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.Resources;
import dev.entente.rig.SqlDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The processes of a run. They start on demand and run until its end, so all subjects find them equally warm. */
final class TestBed implements AutoCloseable {
    private final Options options;
    private final TunedGrpc grpc = new TunedGrpc();
    private final Resources open = new Resources();
    private final Map<String, List<String>> coordinators = new TreeMap<>();
    private @Nullable BenchDatabase database;

    /**
     * The settings of the processes.
     *
     * @param directory an empty directory for the database and the logs, on the disk to measure
     * @param jvmOptions the options of every JVM, except this JVM and the second coordinator's
     * @param entente the coordinator
     * @param before the coordinator to compare with; null for none
     */
    record Options(
            Path directory,
            List<String> jvmOptions,
            EntenteServer entente,
            @Nullable EntenteServer before) {}

    /** Creates the bed without starting a process, so that the caller can first ensure {@link #close}. */
    TestBed(Options options) {
        this.options = options;
    }

    /** Starts the database. Blocks. */
    void start() throws IOException, SQLException, InterruptedException {
        database = open.add(() -> BenchDatabase.start(options.directory()));
    }

    Options options() {
        return options;
    }

    BenchDatabase database() {
        return Objects.requireNonNull(database, "not started");
    }

    /** Returns the command line of each coordinator after {@code java}, by name. */
    Map<String, List<String>> coordinators() {
        return coordinators;
    }

    /** Starts {@code PeerMain} with this role. Blocks until the process serves. */
    BenchProcess peer(String name, List<String> role) throws IOException, SQLException, InterruptedException {
        return open.add(() -> BenchProcess.peer(name, options.jvmOptions(), role, options.directory(), grpc));
    }

    BenchProcess participant(String name) throws IOException, SQLException, InterruptedException {
        return peer("participant-" + name, List.of("participant"));
    }

    /** Starts a coordinator in the bench's usual setup: one participant, with a limit of calls that never applies. */
    BenchProcess node(String name, SqlDatabase database, BenchProcess participant, List<String> jvmOptions)
            throws IOException, SQLException, InterruptedException {
        return node(
                name, options.entente(), options.entente().arguments(name, database, participant.port()), jvmOptions);
    }

    /**
     * Starts a coordinator with these arguments. Blocks until the coordinator is ready.
     *
     * @param jvmOptions added after the options of its server; they take precedence
     */
    BenchProcess node(String name, EntenteServer server, List<String> arguments, List<String> jvmOptions)
            throws IOException, SQLException, InterruptedException {
        List<String> jvm = new ArrayList<>(server.jvmOptions());
        jvm.addAll(jvmOptions);
        List<String> command = new ArrayList<>(jvm);
        command.addAll(arguments);
        coordinators.put(name, command);
        return open.add(() -> BenchProcess.coordinator(name, jvm, arguments, options.directory(), grpc));
    }

    /** Ends every process, the last started first, and removes the directory. Idempotent. */
    @Override
    public void close() throws IOException {
        open.close();
        grpc.close();
        Folders.delete(options.directory());
    }
}

package dev.entente.bench;

import dev.entente.backends.Folders;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.OnOff;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.StreamedLoad;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.peer.PeerMain;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.bench.process.Jvm;
import dev.entente.bench.process.ProcFs;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.Resources;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All processes of a run, started once and kept until the end: each subject finds them as warm as the others do. */
final class TestBed implements AutoCloseable {
    private static final String POSTGRES = "postgres";
    private static final String CLIENT = "client";

    private final Options options;
    private final TunedGrpc grpc = new TunedGrpc();
    private final Map<String, Long> pids = new HashMap<>();
    private final Map<String, Channel> channels = new HashMap<>();
    private final Resources open = new Resources();
    private final Map<String, List<String>> coordinatorArguments = new TreeMap<>();
    private @Nullable BenchDatabase database;

    /**
     * How to start the processes.
     *
     * @param directory an empty directory for the database and the logs; on the disk that is to be measured
     * @param jvmOptions of every JVM but this one and the second coordinator's
     * @param entente the coordinator
     * @param before the coordinator that it is compared with; null for none
     */
    record Options(
            Path directory,
            List<String> jvmOptions,
            EntenteServer entente,
            @Nullable EntenteServer before) {}

    /** Starts nothing yet, so that whoever creates it can make sure of {@link #close} before. */
    TestBed(Options options) {
        this.options = options;
    }

    /** Starts what {@code subjects} need, and blocks until all of it is ready. */
    void start(Collection<Subject> subjects) throws IOException, SQLException, InterruptedException {
        BenchDatabase started = open.add(() -> BenchDatabase.start(options.directory()));
        database = started;
        pids.put(POSTGRES, started.postmasterPid());
        pids.put(CLIENT, ProcessHandle.current().pid());
        Set<String> wanted = new TreeSet<>();
        subjects.forEach(subject -> wanted.addAll(subject.processes()));
        startAll(wanted);
    }

    BenchDatabase database() {
        return Objects.requireNonNull(database, "not started");
    }

    /** The command lines of the coordinators, by name; only of those that a subject needs. */
    Map<String, List<String>> coordinatorArguments() {
        return coordinatorArguments;
    }

    /** Returns the client's load for {@code subject}. */
    TransactionLoad load(Subject subject) {
        return switch (subject) {
            case FLOOR_CALLS -> Loads.threeCalls(channel("participant"));
            case FLOOR_RELAY -> Loads.peerSaga(channel("relay"));
            case FLOOR_RELAY_TCC -> Loads.peerTcc(channel("relay"));
            case HAND_NAIVE, HAND_GOOD -> Loads.peerSaga(channel(subject.printed()));
            case ENTENTE_SAGA -> Loads.entente(channel("entente"), RequestTemplate.saga());
            case ENTENTE_STREAM -> StreamedLoad.open(channel("entente-stream"), RequestTemplate.saga());
            case ENTENTE_TCC -> Loads.entente(channel("entente"), RequestTemplate.tcc());
            case BEFORE_SAGA -> Loads.entente(channel("before"), RequestTemplate.saga());
            case BEFORE_TCC -> Loads.entente(channel("before"), RequestTemplate.tcc());
        };
    }

    /** How many calls the participant has answered since it started. */
    long participantCalls() {
        return ByteBuffer.wrap(RawCalls.callAndWait(channel("participant"), PeerParticipant.COUNT, new byte[0]))
                .getLong();
    }

    /** CPU time so far, in microseconds, of each process that takes part in {@code subject}. */
    Map<String, Long> cpuMicros(Subject subject) {
        Map<String, Long> micros = new TreeMap<>();
        for (String name : subject.processes()) {
            long pid = pid(name);
            micros.put(name, name.equals(POSTGRES) ? ProcFs.cpuMicrosWithChildren(pid) : ProcFs.cpuMicros(pid));
        }
        return micros;
    }

    /** Memory now, in MiB, of each process that takes part in {@code subject}. */
    Map<String, Double> rssMb(Subject subject) {
        Map<String, Double> megabytes = new TreeMap<>();
        for (String name : subject.processes()) {
            long pid = pid(name);
            megabytes.put(name, name.equals(POSTGRES) ? ProcFs.rssMbWithChildren(pid) : ProcFs.rssMb(pid));
        }
        return megabytes;
    }

    private void startAll(Set<String> wanted) throws IOException, SQLException, InterruptedException {
        String url = database().create("bench");
        int participantPort = startPeer("participant", List.of());
        List<String> target =
                List.of(Integer.toString(participantPort), Integer.toString(RequestTemplate.stepBytes()), url);
        for (String name : wanted) {
            switch (name) {
                case "relay", "hand-naive", "hand-good" -> startPeer(name, target);
                case "entente" -> startCoordinator(name, options.entente().calling(OnOff.OFF), participantPort);
                case "entente-stream" ->
                    startCoordinator(name, options.entente().calling(OnOff.ON), participantPort);
                case "before" ->
                    startCoordinator(
                            name, Objects.requireNonNull(options.before()).calling(OnOff.OFF), participantPort);
                default -> {
                    // The client is this process; participant and database run already.
                }
            }
        }
    }

    private int startPeer(String role, List<String> arguments) throws IOException, SQLException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path")));
        command.add(PeerMain.class.getName());
        command.add(role);
        command.addAll(arguments);
        ChildProcess process = open.add(() -> Jvm.start(role, options.jvmOptions(), command, options.directory()));
        pids.put(role, process.pid());
        int port = Integer.parseInt(process.awaitFirstLine(Jvm.READY).substring("port ".length()));
        channels.put(role, grpc.channel(port));
        return port;
    }

    private void startCoordinator(String name, EntenteServer server, int participantPort)
            throws IOException, SQLException, InterruptedException {
        List<String> arguments = server.arguments(database().create(name.replace('-', '_')), participantPort);
        coordinatorArguments.put(
                name,
                Stream.concat(server.jvmOptions().stream(), arguments.stream()).toList());
        ChildProcess process = open.add(() -> Jvm.start(name, server.jvmOptions(), arguments, options.directory()));
        pids.put(name, process.pid());
        channels.put(name, grpc.channel(EntenteServer.grpcPort(process.awaitFirstLine(Jvm.READY))));
    }

    private Channel channel(String name) {
        return Objects.requireNonNull(channels.get(name), name);
    }

    private long pid(String name) {
        return Objects.requireNonNull(pids.get(name), name);
    }

    /** Ends every process, the last started first, and removes the directory. A second call does nothing. */
    @Override
    public void close() throws IOException {
        open.close();
        grpc.close();
        Folders.delete(options.directory());
    }
}

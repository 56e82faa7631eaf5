package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.StreamedLoad;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.ProcFs;
import dev.entente.rig.SqlDatabase;
import io.grpc.Channel;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The processes of the table's subjects: the client's load for each, and the CPU and memory that each uses. */
final class SubjectProcesses {
    private static final String POSTGRES = "postgres";
    private static final String PARTICIPANT = "participant";

    private final TestBed bed;
    private final BenchProcess participant;
    private final Map<String, Long> pids = new HashMap<>();
    private final Map<String, Channel> channels = new HashMap<>();

    private SubjectProcesses(TestBed bed, BenchProcess participant) throws IOException {
        this.bed = bed;
        this.participant = participant;
        pids.put(POSTGRES, bed.database().postmasterPid());
        pids.put("client", ProcessHandle.current().pid());
        pids.put(PARTICIPANT, participant.pid());
        channels.put(PARTICIPANT, participant.channel());
    }

    /** Starts the processes that {@code subjects} need, and blocks until all are ready. */
    static SubjectProcesses start(TestBed bed, Collection<Subject> subjects)
            throws IOException, SQLException, InterruptedException {
        SubjectProcesses all = new SubjectProcesses(bed, bed.peer(PARTICIPANT, List.of(PARTICIPANT)));
        Set<String> wanted = new TreeSet<>();
        subjects.forEach(subject -> wanted.addAll(subject.processes()));
        SqlDatabase database = bed.database().create("bench");
        for (String name : wanted) {
            all.start(name, database.url());
        }
        return all;
    }

    private void start(String name, String peersUrl) throws IOException, SQLException, InterruptedException {
        switch (name) {
            case "relay", "hand-naive", "hand-good" -> {
                String port = Integer.toString(participant.port());
                String stepBytes = Integer.toString(RequestTemplate.stepBytes());
                BenchProcess peer = bed.peer(name, List.of(name, port, stepBytes, peersUrl));
                pids.put(name, peer.pid());
                channels.put(name, peer.channel());
            }
            case "entente" -> startCoordinator(name, bed.options().entente().calling(false));
            case "entente-stream" ->
                startCoordinator(name, bed.options().entente().calling(true));
            case "before" ->
                startCoordinator(
                        name, Objects.requireNonNull(bed.options().before()).calling(false));
            default -> {
                // The client is this process; participant and database are already running.
            }
        }
    }

    private void startCoordinator(String name, EntenteServer server)
            throws IOException, SQLException, InterruptedException {
        SqlDatabase database = bed.database().create(name.replace('-', '_'));
        BenchProcess node = bed.node(name, server, server.arguments(name, database, participant.port()), List.of());
        pids.put(name, node.pid());
        channels.put(name, node.channel());
    }

    /** Returns the client's load for {@code subject}. */
    TransactionLoad load(Subject subject) {
        return switch (subject) {
            case FLOOR_CALLS -> Loads.threeCalls(channel(PARTICIPANT));
            case FLOOR_RELAY -> Loads.peerSaga(channel("relay"));
            case FLOOR_RELAY_TCC -> Loads.peerTcc(channel("relay"));
            case HAND_NAIVE, HAND_GOOD -> Loads.peerSaga(channel(subject.printed()));
            case ENTENTE_SAGA, BEFORE_SAGA -> Loads.entente(channel(subject.printed()), RequestTemplate.saga());
            case ENTENTE_STREAM -> StreamedLoad.open(channel(subject.printed()), RequestTemplate.saga());
            case ENTENTE_TCC, BEFORE_TCC -> Loads.entente(channel(subject.printed()), RequestTemplate.tcc());
        };
    }

    private Channel channel(String name) {
        return Objects.requireNonNull(channels.get(name), name);
    }

    /** Returns the number of calls that the participant has received since its start. */
    long participantCalls() {
        return participant.calls();
    }

    /** Returns the CPU time so far, in microseconds, of each process that takes part in {@code subject}. */
    Map<String, Long> cpuMicros(Subject subject) {
        Map<String, Long> micros = new TreeMap<>();
        subject.processes().forEach(name -> micros.put(name, ProcFs.cpuMicros(pid(name), name.equals(POSTGRES))));
        return micros;
    }

    /** Returns the current memory, in MiB, of each process that takes part in {@code subject}. */
    Map<String, Double> rssMb(Subject subject) {
        Map<String, Double> megabytes = new TreeMap<>();
        subject.processes().forEach(name -> megabytes.put(name, ProcFs.rssMb(pid(name), name.equals(POSTGRES))));
        return megabytes;
    }

    private long pid(String name) {
        return Objects.requireNonNull(pids.get(name), name);
    }
}

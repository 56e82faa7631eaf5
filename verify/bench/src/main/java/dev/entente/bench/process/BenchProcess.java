package dev.entente.bench.process;

import dev.entente.bench.peer.PeerMain;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.Ready;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** A process and the channel to it: a coordinator, a participant that can hang on request, or a baseline. */
public final class BenchProcess implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final ChildProcess process;
    private final int port;
    private final int httpPort;
    private final ManagedChannel channel;
    private final Duration startedWithin;

    private BenchProcess(ChildProcess process, int port, int httpPort, ManagedChannel channel, Duration startedWithin) {
        this.process = process;
        this.port = port;
        this.httpPort = httpPort;
        this.channel = channel;
        this.startedWithin = startedWithin;
    }

    /** Starts a coordinator from the built jar. Blocks until the coordinator reports that it is ready. */
    public static BenchProcess coordinator(
            String name, List<String> jvmOptions, List<String> arguments, Path directory, TunedGrpc grpc)
            throws IOException, InterruptedException {
        return start(
                () -> Jvm.start(name, jvmOptions, arguments, directory),
                grpc,
                line -> Ready.parse(line).grpcPort(),
                line -> Ready.parse(line).httpPort());
    }

    /**
     * Starts a process beside Entente. Blocks until the process serves.
     *
     * @param role the arguments of {@link PeerMain}
     */
    public static BenchProcess peer(
            String name, List<String> jvmOptions, List<String> role, Path directory, TunedGrpc grpc)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), PeerMain.class.getName()));
        command.addAll(role);
        return start(
                () -> Jvm.start(name, jvmOptions, command, directory),
                grpc,
                line -> Integer.parseInt(line.substring("port ".length())),
                _ -> 0);
    }

    private interface Launch {
        ChildProcess launch() throws IOException;
    }

    private static BenchProcess start(
            Launch launch, TunedGrpc grpc, ToIntFunction<String> port, ToIntFunction<String> httpPort)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        ChildProcess process = launch.launch();
        try {
            String line = process.awaitFirstLine(Jvm.READY);
            int found = port.applyAsInt(line);
            Duration within = Duration.ofNanos(System.nanoTime() - began);
            return new BenchProcess(process, found, httpPort.applyAsInt(line), grpc.channel(found), within);
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            throw e;
        }
    }

    public int port() {
        return port;
    }

    /** Returns the port of a coordinator's console; 0 for a peer. */
    public int httpPort() {
        return httpPort;
    }

    public long pid() {
        return process.pid();
    }

    public ManagedChannel channel() {
        return channel;
    }

    /** Returns the time from the start of the process to its report that it is ready. */
    public Duration startedWithin() {
        return startedWithin;
    }

    /** Returns the number of calls that a participant has received so far. */
    public long calls() {
        return ByteBuffer.wrap(RawCalls.callAndWait(channel, PeerParticipant.COUNT, NOTHING))
                .getLong();
    }

    /** Makes a participant accept calls without answering them. */
    public void hang() {
        var _ = RawCalls.callAndWait(channel, PeerParticipant.HOLD, NOTHING);
    }

    /** Makes a participant answer the held calls, and each new call immediately. */
    public void letGo() {
        var _ = RawCalls.callAndWait(channel, PeerParticipant.LET_GO, NOTHING);
    }

    /** Kills the process with SIGKILL. */
    public void kill() {
        process.kill();
        channel.shutdownNow();
    }

    /** Sends SIGTERM and blocks until the process has drained and exited, at most {@code limit}. */
    public void end(Duration limit) {
        process.end(limit);
        channel.shutdownNow();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        process.close();
    }
}

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

/** A coordinator, a participant that can be told to hang, or a baseline: a process, and the channel to it. */
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

    /** Starts a coordinator from the built jar. Blocks until it says that it is ready. */
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
     * Starts a process beside Entente. Blocks until it serves.
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

    /** The port of a coordinator's console; 0 of a peer. */
    public int httpPort() {
        return httpPort;
    }

    public long pid() {
        return process.pid();
    }

    public ManagedChannel channel() {
        return channel;
    }

    /** From the start of the process until it said that it was ready. */
    public Duration startedWithin() {
        return startedWithin;
    }

    /** How many calls came so far, to a participant. */
    public long calls() {
        return ByteBuffer.wrap(RawCalls.callAndWait(channel, PeerParticipant.COUNT, NOTHING))
                .getLong();
    }

    /** From now on a participant takes calls and answers none. */
    public void hang() {
        var _ = RawCalls.callAndWait(channel, PeerParticipant.HOLD, NOTHING);
    }

    /** A participant answers what it holds, and each new call at once. */
    public void letGo() {
        var _ = RawCalls.callAndWait(channel, PeerParticipant.LET_GO, NOTHING);
    }

    /** kill -9. */
    public void kill() {
        process.kill();
        channel.shutdownNow();
    }

    /** SIGTERM; blocks until it has drained and ended, at most {@code limit}. */
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

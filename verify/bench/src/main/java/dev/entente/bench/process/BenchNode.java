package dev.entente.bench.process;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.rig.ChildProcess;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A coordinator in a process of its own, started from the built jar, and the channel to it. */
public final class BenchNode implements AutoCloseable {
    private final ChildProcess process;
    private final ManagedChannel channel;
    private final Duration startedWithin;

    private BenchNode(ChildProcess process, ManagedChannel channel, Duration startedWithin) {
        this.process = process;
        this.channel = channel;
        this.startedWithin = startedWithin;
    }

    /** Starts it and blocks until it says that it is ready. */
    public static BenchNode start(
            String name, List<String> jvmOptions, List<String> arguments, Path directory, TunedGrpc grpc)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        ChildProcess process = Jvm.start(name, jvmOptions, arguments, directory);
        try {
            String ready = process.awaitFirstLine(Jvm.READY);
            Duration within = Duration.ofNanos(System.nanoTime() - began);
            return new BenchNode(process, grpc.channel(EntenteServer.grpcPort(ready)), within);
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            throw e;
        }
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

package dev.entente.bench.process;

import dev.entente.bench.peer.PeerMain;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.rig.ChildProcess;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process beside Entente: a participant, which can be told to hang, or a coordinator that Entente is compared with. */
public final class Peer implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final ChildProcess process;
    private final int port;
    private final ManagedChannel channel;

    private Peer(ChildProcess process, int port, ManagedChannel channel) {
        this.process = process;
        this.port = port;
        this.channel = channel;
    }

    /**
     * Starts it and blocks until it serves.
     *
     * @param role the arguments of {@link PeerMain}
     */
    public static Peer start(String name, List<String> jvmOptions, List<String> role, Path directory, TunedGrpc grpc)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), PeerMain.class.getName()));
        command.addAll(role);
        ChildProcess process = Jvm.start(name, jvmOptions, command, directory);
        try {
            int port = Integer.parseInt(process.awaitFirstLine(Jvm.READY).substring("port ".length()));
            return new Peer(process, port, grpc.channel(port));
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            throw e;
        }
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public ManagedChannel channel() {
        return channel;
    }

    /** How many calls came so far, to a participant. */
    public long calls() {
        return ByteBuffer.wrap(RawCalls.callAndWait(channel, PeerParticipant.COUNT, NOTHING))
                .getLong();
    }

    /** From now on it takes calls and answers none. */
    public void hang() {
        var _ = RawCalls.callAndWait(channel, PeerParticipant.HOLD, NOTHING);
    }

    /** It answers what it holds, and each new call at once. */
    public void letGo() {
        var _ = RawCalls.callAndWait(channel, PeerParticipant.LET_GO, NOTHING);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        process.close();
    }
}

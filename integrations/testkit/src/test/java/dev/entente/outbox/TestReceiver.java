package dev.entente.outbox;

import dev.entente.backends.LoopbackPorts;
import dev.entente.outbox.contract.ContractReceiver;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A receiver for the contract's tests: its current behaviour, the taken messages and a fixed port. */
abstract class TestReceiver implements ContractReceiver, AutoCloseable {
    /** The port stays reserved while the receiver is unavailable. */
    final int port = LoopbackPorts.next();

    private final List<Taken> taken = new CopyOnWriteArrayList<>();
    private volatile Behaviour now = Behaviour.TAKE;
    private @Nullable AutoCloseable server;

    /** Starts a server on the port. Closing the returned object stops the server. */
    abstract AutoCloseable listen() throws IOException;

    static AutoCloseable listen(int port, ServerServiceDefinition service) throws IOException {
        Server started = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(service)
                .build()
                .start();
        return () -> started.shutdownNow().awaitTermination();
    }

    @Override
    public boolean behave(Behaviour next) {
        now = next;
        if (next == Behaviour.BE_AWAY) {
            close();
        } else if (server == null) {
            try {
                server = listen();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
        return true;
    }

    String target() {
        return "127.0.0.1:" + port;
    }

    Behaviour now() {
        return now;
    }

    void take(String id, byte[] payload, Map<String, String> metadata) {
        taken.add(new Taken(id, payload, metadata));
    }

    @Override
    public List<Taken> taken() {
        return List.copyOf(taken);
    }

    static byte[] payload(String id, int bytes) {
        return (id + "x".repeat(bytes)).substring(0, bytes).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        AutoCloseable running = server;
        server = null;
        try {
            if (running != null) {
                running.close();
            }
        } catch (Exception stuck) {
            throw new IllegalStateException(stuck);
        }
    }
}

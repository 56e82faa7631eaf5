package dev.entente.spring.test;

import dev.entente.client.Entente;
import dev.entente.spring.EntenteConnectionDetails;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The coordinator of a test's application context. Thread-safe. */
public final class TestCoordinator implements EntenteConnectionDetails, AutoCloseable {
    private final EmbeddedCoordinator program = EmbeddedCoordinator.start();
    private final Faults faults;
    private final Supplier<@Nullable OutboxDiagnosis> outbox;
    private final Entente client;
    private final Map<String, Bridge> bridges = new HashMap<>();

    /** The proxy between the coordinator and a participant in which {@link Faults} occur. */
    interface Bridge extends AutoCloseable {
        /** Returns the address that the coordinator calls. */
        String target();

        @Override
        void close();
    }

    /**
     * Starts the coordinator. Blocks for some seconds.
     *
     * @param outbox returns null if the application has no database
     */
    TestCoordinator(Faults faults, Supplier<@Nullable OutboxDiagnosis> outbox) {
        this.faults = faults;
        this.outbox = outbox;
        this.client = Entente.builder(program.target()).build();
    }

    /** Returns {@code localhost:port} of its gRPC port. */
    @Override
    public String target() {
        return program.target();
    }

    /**
     * Adds another participant, or changes its address. Blocks.
     *
     * @param name as in plans: letters, digits and {@code _ -}
     * @param target {@code http://localhost:8082}, with or without a path, or {@code localhost:9092} for gRPC
     * @throws IllegalArgumentException if the target has another form, such as with TLS
     * @throws java.util.concurrent.CompletionException for a {@code TransactionRefused} (ENT-063): an invalid name
     */
    public void participant(String name, String target) {
        boolean isHttp = target.startsWith("http://");
        if (!isHttp && target.contains("://")) {
            throw new IllegalArgumentException("the target of participant '" + name + "' is '" + target
                    + "'; tests call without TLS: http://host:port, or host:port for gRPC");
        }
        bridge(name, isHttp ? new HttpBridge(new HttpCalls(target), faults) : new GrpcBridge(target, faults));
    }

    /** Adds a participant as {@link #participant}, for an application without a port. */
    void participant(String name, HttpBridge.Calls calls) {
        bridge(name, new HttpBridge(calls, faults));
    }

    private synchronized void bridge(String name, Bridge bridge) {
        Bridge before = bridges.put(name, bridge);
        client.announce(name, bridge.target()).join();
        if (before != null) {
            before.close();
        }
    }

    /** Begins an assertion about a transaction, which may not have been submitted yet. */
    public TransactionAssert await(String gid) {
        return new TransactionAssert(gid, client.transactions(), () -> program.describe(gid), outbox.get());
    }

    /** Stops the coordinator; its database remains until the end of this JVM. Blocks. */
    @Override
    public synchronized void close() {
        client.close();
        program.close();
        bridges.values().forEach(Bridge::close);
    }
}

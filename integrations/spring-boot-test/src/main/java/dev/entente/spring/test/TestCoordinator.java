package dev.entente.spring.test;

import dev.entente.client.Entente;
import dev.entente.spring.EntenteConnectionDetails;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The coordinator of a test's application context. Thread-safe. */
public final class TestCoordinator implements EntenteConnectionDetails, AutoCloseable {
    private final CoordinatorProgram program;
    private final Faults faults;
    private final Supplier<@Nullable OutboxDiagnosis> outbox;
    private final Entente client;
    private final Map<String, Participant> participants = new TreeMap<>();
    /** The current interruptions, by participant. Each value is unique. */
    private final Map<String, Object> interruptions = new HashMap<>();

    /** The proxy between the coordinator and a participant in which {@link Faults} occur. */
    interface Bridge extends AutoCloseable {
        /** Returns the address that the coordinator calls. */
        String target();

        @Override
        void close();
    }

    /** A participant and its current proxy. */
    private record Participant(Supplier<Bridge> open, Bridge bridge) {}

    /**
     * Creates the coordinator of a started program.
     *
     * @param outbox returns null if the application has no database
     */
    TestCoordinator(CoordinatorProgram program, Faults faults, Supplier<@Nullable OutboxDiagnosis> outbox) {
        this.program = program;
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
        add(name, () -> isHttp ? new HttpBridge(new HttpCalls(target), faults) : new GrpcBridge(target, faults));
    }

    /** Adds a participant as {@link #participant}, for an application without a port. */
    void participant(String name, HttpBridge.Calls calls) {
        add(name, () -> new HttpBridge(calls, faults));
    }

    private synchronized void add(String name, Supplier<Bridge> open) {
        Participant added = new Participant(open, open.get());
        Participant before = participants.put(name, added);
        interruptions.remove(name);
        client.announce(name, added.bridge().target()).join();
        if (before != null) {
            before.bridge().close();
        }
    }

    /** Closes the participant's port until this time has passed, or {@link #endInterruptions}. */
    synchronized void interrupt(String name, Duration time) {
        Participant participant = participants.get(name);
        if (participant == null) {
            throw new IllegalArgumentException(
                    "no participant '" + name + "'; the participants are " + participants.keySet());
        }
        participant.bridge().close();
        Object interruption = new Object();
        interruptions.put(name, interruption);
        CompletableFuture.delayedExecutor(time.toNanos(), TimeUnit.NANOSECONDS).execute(() -> end(name, interruption));
    }

    /** Opens a new port. The old one may belong to another program now. */
    private synchronized void end(String name, Object interruption) {
        Participant participant = participants.get(name);
        if (participant != null && interruptions.remove(name, interruption)) {
            add(name, participant.open());
        }
    }

    synchronized void endInterruptions() {
        Map.copyOf(interruptions).forEach(this::end);
    }

    /** As {@link Faults#killCoordinator}. */
    synchronized void kill() {
        program.restart();
        // A coordinator keeps announcements only in memory.
        participants.forEach((name, participant) ->
                client.announce(name, participant.bridge().target()).join());
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
        interruptions.clear();
        participants.values().forEach(participant -> participant.bridge().close());
    }
}

package dev.entente.server.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The listeners of one transaction in memory. Used only inside its mailbox. */
final class Listeners {
    private @Nullable List<Listener> listeners;
    private @Nullable List<CompletableFuture<Snapshot>> readers;
    private boolean hasWatchers;
    /** The number of listeners at which finished listeners are removed. Disconnected clients leave listeners behind. */
    private int sweepAt = 8;

    void add(Listener listener) {
        if (listeners == null) {
            listeners = new ArrayList<>(1);
        }
        if (listeners.size() >= sweepAt) {
            listeners.removeIf(Listener::isOver);
            sweepAt = 2 * listeners.size() + 8;
        }
        listeners.add(listener);
        hasWatchers |= listener instanceof Listener.ForChange;
    }

    /** Adds a client that needs one snapshot as soon as the content of the snapshot is durable. */
    void add(CompletableFuture<Snapshot> reader) {
        if (readers == null) {
            readers = new ArrayList<>(1);
        }
        readers.add(reader);
    }

    /** Returns whether any listener needs more than the final state. */
    boolean wantsEachChange() {
        return hasWatchers || readers != null;
    }

    /** Passes a snapshot with durable changes to the listeners. */
    void receive(Supplier<Snapshot> snapshot) {
        if (listeners != null || readers != null) {
            Snapshot shown = snapshot.get();
            takeReaders().forEach(reader -> reader.complete(shown));
            if (listeners != null) {
                listeners.removeIf(listener -> listener.receive(shown));
                listeners = listeners.isEmpty() ? null : listeners;
            }
        }
    }

    /** Passes each unfinished listener to the consumer, because the transaction leaves memory. */
    void leave(Consumer<Listener> elsewhere) {
        List<Listener> all = listeners;
        listeners = null;
        if (all != null) {
            all.stream().filter(listener -> !listener.isOver()).forEach(elsewhere);
        }
    }

    List<CompletableFuture<Snapshot>> takeReaders() {
        List<CompletableFuture<Snapshot>> all = readers;
        readers = null;
        return all == null ? List.of() : all;
    }
}

package dev.entente.server.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Those who want to hear of one transaction in memory. Used inside its mailbox only. */
final class Audience {
    private @Nullable List<Listener> listeners;
    private @Nullable List<CompletableFuture<Snapshot>> lookers;
    private boolean hasWatchers;
    /** Clients that asked and went leave their listeners behind: these are swept out whenever so many have come. */
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

    /** Somebody who wants to see it once, as soon as what it shows is durable. */
    void add(CompletableFuture<Snapshot> looker) {
        if (lookers == null) {
            lookers = new ArrayList<>(1);
        }
        lookers.add(looker);
    }

    /** Tells whether any listener wants more than the end. */
    boolean wantsEachChange() {
        return hasWatchers || lookers != null;
    }

    /** It has changed, and what it shows is durable. */
    void hear(Supplier<Snapshot> snapshot) {
        if (listeners != null || lookers != null) {
            Snapshot shown = snapshot.get();
            takeLookers().forEach(looker -> looker.complete(shown));
            if (listeners != null) {
                listeners.removeIf(listener -> listener.hear(shown));
                listeners = listeners.isEmpty() ? null : listeners;
            }
        }
    }

    /** It leaves memory: whoever has not heard enough goes on listening elsewhere. */
    void leave(Consumer<Listener> elsewhere) {
        List<Listener> all = listeners;
        listeners = null;
        if (all != null) {
            all.stream().filter(listener -> !listener.isOver()).forEach(elsewhere);
        }
    }

    List<CompletableFuture<Snapshot>> takeLookers() {
        List<CompletableFuture<Snapshot>> all = lookers;
        lookers = null;
        return all == null ? List.of() : all;
    }
}

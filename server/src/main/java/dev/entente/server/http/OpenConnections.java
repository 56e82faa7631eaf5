package dev.entente.server.http;

import dev.entente.server.telemetry.Peer;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of the HTTP port, by peer and in all. There is always room for a new one: where there are too
 * many, the one that has been silent for longest is closed. Thread-safe.
 */
final class OpenConnections {
    private static final int FIRST_HEAD_SECONDS = 10;
    private static final int IDLE_SECONDS = 75;

    /** Closes a connection; does not block. */
    interface Closing {
        void close();
    }

    /** A connection; {@code sinceNanos} is when its last request came or was answered, or when it was opened. */
    private static final class Entry {
        private final SocketAddress address;
        private final Closing closing;
        private long sinceNanos;
        private int underWay;
        private boolean hasAsked;

        private Entry(SocketAddress address, Closing closing, long sinceNanos) {
            this.address = address;
            this.closing = closing;
            this.sinceNanos = sinceNanos;
        }

        private boolean isSilentTooLong(long nowNanos) {
            long seconds = hasAsked ? IDLE_SECONDS : FIRST_HEAD_SECONDS;
            return underWay == 0 && nowNanos - sinceNanos > TimeUnit.SECONDS.toNanos(seconds);
        }
    }

    private final HttpPort.Room room;
    private final RefusedRequests refused;
    private final LongSupplier nanos;
    private final Map<SocketAddress, Entry> all = new HashMap<>();
    /** An endpoint that is closed no longer knows its address. */
    private final Map<Closing, Entry> byClosing = new HashMap<>();
    /** Each peer's own, in the order of {@link Entry#sinceNanos}. */
    private final Map<String, Map<SocketAddress, Entry>> byPeer = new HashMap<>();

    OpenConnections(HttpPort.Room room, RefusedRequests refused, LongSupplier nanos) {
        this.room = room;
        this.refused = refused;
        this.nanos = nanos;
    }

    /** Takes a new connection, and closes another one where there are too many. */
    void opened(SocketAddress address, Closing closing) {
        Entry victim;
        synchronized (this) {
            victim = oneTooMany(Peer.of(address));
            if (victim != null) {
                forget(victim);
            }
            Entry before = all.get(address);
            if (before != null) {
                forget(before);
            }
            Entry entry = new Entry(address, closing, nanos.getAsLong());
            all.put(address, entry);
            byClosing.put(closing, entry);
            byPeer.computeIfAbsent(Peer.of(address), _ -> new LinkedHashMap<>()).put(address, entry);
        }
        close(victim, HttpRefusal.CONNECTIONS);
    }

    private @Nullable Entry oneTooMany(String peer) {
        Map<SocketAddress, Entry> own = byPeer.get(peer);
        if (own != null && own.size() >= room.perPeer()) {
            return leastMissed(own);
        }
        if (all.size() < room.inAll()) {
            return null;
        }
        return byPeer.values().stream()
                .max(Comparator.comparingInt(Map::size))
                .map(OpenConnections::leastMissed)
                .orElse(null);
    }

    /** Returns the one that has been silent for longest, or else the one whose requests have been under way so. */
    private static Entry leastMissed(Map<SocketAddress, Entry> connections) {
        return connections.values().stream()
                .filter(entry -> entry.underWay == 0)
                .findFirst()
                .orElseGet(() -> connections.values().iterator().next());
    }

    private void forget(Entry entry) {
        all.remove(entry.address, entry);
        byClosing.remove(entry.closing, entry);
        Map<SocketAddress, Entry> own = byPeer.get(Peer.of(entry.address));
        if (own != null && own.remove(entry.address, entry) && own.isEmpty()) {
            byPeer.remove(Peer.of(entry.address));
        }
    }

    /** Forgets a connection that has ended. */
    synchronized void closed(Closing closing) {
        Entry entry = byClosing.get(closing);
        if (entry != null) {
            forget(entry);
        }
    }

    /** A request of that connection has come whole. */
    synchronized void asked(SocketAddress address) {
        Entry entry = all.get(address);
        if (entry != null) {
            entry.underWay++;
            entry.hasAsked = true;
            touch(entry);
        }
    }

    /** A request of that connection was answered, or has failed. */
    synchronized void answered(SocketAddress address) {
        Entry entry = all.get(address);
        if (entry != null && entry.underWay > 0) {
            entry.underWay--;
            touch(entry);
        }
    }

    private void touch(Entry entry) {
        entry.sinceNanos = nanos.getAsLong();
        Map<SocketAddress, Entry> own = byPeer.get(Peer.of(entry.address));
        if (own != null && own.remove(entry.address, entry)) {
            own.put(entry.address, entry);
        }
    }

    /** Closes the connection of a request for a reason. */
    void close(SocketAddress address, HttpRefusal why) {
        Entry entry;
        synchronized (this) {
            entry = all.get(address);
            if (entry != null) {
                forget(entry);
            }
        }
        close(entry, why);
    }

    private void close(@Nullable Entry entry, HttpRefusal why) {
        if (entry != null) {
            refused.count(why, entry.address);
            entry.closing.close();
        }
    }

    /** Closes those that have sent no whole request for too long. */
    void closeSilent() {
        List<Entry> silent = new ArrayList<>();
        synchronized (this) {
            long now = nanos.getAsLong();
            all.values().stream().filter(entry -> entry.isSilentTooLong(now)).forEach(silent::add);
            silent.forEach(this::forget);
        }
        for (Entry entry : silent) {
            if (entry.hasAsked) {
                entry.closing.close();
            } else {
                close(entry, HttpRefusal.SILENT);
            }
        }
    }

    synchronized int open() {
        return all.size();
    }
}

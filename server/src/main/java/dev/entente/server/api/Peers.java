package dev.entente.server.api;

import dev.entente.server.store.Membership.Peer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The coordinators by incarnation, as far as they are known here. Thread-safe; nothing blocks. */
final class Peers {
    /** More than any cluster has: what is beyond are incarnations of long ago, and may be forgotten. */
    private static final int MAX_KNOWN = 1000;

    private final Supplier<CompletableFuture<List<Peer>>> table;
    private final Map<Long, Peer> known = new ConcurrentHashMap<>();
    private final AtomicBoolean isRefreshing = new AtomicBoolean();

    /** @param table reads the incarnations that own rows or are not dead */
    Peers(Supplier<CompletableFuture<List<Peer>>> table) {
        this.table = table;
    }

    /** All incarnations that own rows or are not dead, read now. */
    CompletableFuture<List<Peer>> all() {
        return table.get().thenApply(this::remember);
    }

    /** The one with that number, or null if the table does not know it. */
    CompletableFuture<@Nullable Peer> find(long incarnation) {
        Peer peer = known.get(incarnation);
        if (peer != null) {
            return CompletableFuture.completedFuture(peer);
        }
        return all().thenApply(_ -> known.get(incarnation));
    }

    /** Its node's name; while it is not known here, the incarnation's number, and the name is looked up for the next time. */
    String node(long incarnation) {
        Peer peer = known.get(incarnation);
        if (peer != null) {
            return peer.node();
        }
        refreshOnce();
        return "incarnation " + incarnation;
    }

    private void refreshOnce() {
        if (isRefreshing.compareAndSet(false, true)) {
            var _ = all().whenComplete((_, _) -> isRefreshing.set(false));
        }
    }

    private List<Peer> remember(List<Peer> peers) {
        if (known.size() > MAX_KNOWN) {
            known.clear();
        }
        peers.forEach(peer -> known.put(peer.incarnation(), peer));
        return peers;
    }
}

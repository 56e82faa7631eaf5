package dev.entente.server.api;

import dev.entente.server.store.Membership.Peer;
import dev.entente.server.store.admin.Queries;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The known coordinators by incarnation. Thread-safe; does not block. */
final class Peers {
    /**
     * A limit above the size of any cluster. If there are more entries, they are old incarnations, which may be
     * removed.
     */
    private static final int MAX_KNOWN = 1000;
    /** The maximum age of a read of the table for the choice of a coordinator. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final String node;
    private final Supplier<CompletableFuture<List<Peer>>> table;
    private final Function<Collection<Long>, CompletableFuture<Map<Long, Queries.Owner>>> nodes;
    private final Map<Long, Peer> known = new ConcurrentHashMap<>();
    /** The names of all coordinators that were looked up, including dead coordinators. */
    private final Map<Long, String> names = new ConcurrentHashMap<>();

    private final AtomicBoolean isAsking = new AtomicBoolean();
    private @Nullable Reading lastReading;

    /** A read of the coordinators, finished or in progress, and its start by this process's clock. */
    private record Reading(CompletableFuture<List<Peer>> peers, long sinceNanos) {
        boolean isGood() {
            return !peers.isCompletedExceptionally() && System.nanoTime() - sinceNanos < FRESH.toNanos();
        }
    }

    /**
     * @param node this coordinator's name
     * @param table reads the incarnations that own rows or are not dead
     * @param nodes reads the names of incarnations, dead or alive
     */
    Peers(
            String node,
            Supplier<CompletableFuture<List<Peer>>> table,
            Function<Collection<Long>, CompletableFuture<Map<Long, Queries.Owner>>> nodes) {
        this.node = node;
        this.table = table;
        this.nodes = nodes;
    }

    /** Reads all incarnations that own rows or are not dead. */
    CompletableFuture<List<Peer>> all() {
        return table.get().thenApply(this::remember);
    }

    /** Returns a random live incarnation of another node, or null if there is none. */
    CompletableFuture<@Nullable Peer> another() {
        return refresh().thenApply(peers -> {
            List<Peer> others = peers.stream()
                    .filter(peer -> peer.deadAt() == null && !peer.node().equals(node))
                    .toList();
            return others.isEmpty()
                    ? null
                    : others.get(ThreadLocalRandom.current().nextInt(others.size()));
        });
    }

    /** Returns the incarnations of other nodes, and dead incarnations that own rows. */
    CompletableFuture<List<Peer>> others() {
        return refresh()
                .thenApply(peers -> peers.stream()
                        .filter(peer -> peer.deadAt() != null || !peer.node().equals(node))
                        .toList());
    }

    /** Reads the table once for many concurrent callers. */
    private synchronized CompletableFuture<List<Peer>> refresh() {
        Reading reading = lastReading;
        if (reading == null || !reading.isGood()) {
            reading = new Reading(all(), System.nanoTime());
            lastReading = reading;
        }
        return reading.peers();
    }

    /** Returns the incarnation, or null if the table does not contain it. */
    CompletableFuture<@Nullable Peer> find(long incarnation) {
        Peer peer = known.get(incarnation);
        if (peer != null) {
            return CompletableFuture.completedFuture(peer);
        }
        return all().thenApply(_ -> known.get(incarnation));
    }

    /**
     * Returns the name of the incarnation's node. For an unknown node the method returns the incarnation's number, and
     * looks up the name for the next call.
     */
    String node(long incarnation) {
        Peer peer = known.get(incarnation);
        String name = peer == null ? names.get(incarnation) : peer.node();
        if (name != null) {
            return name;
        }
        if (isAsking.compareAndSet(false, true)) {
            var _ = OwnerRouter.start(() -> lookUpNames(Set.of(incarnation)))
                    .whenComplete((_, _) -> isAsking.set(false));
        }
        return "incarnation " + incarnation;
    }

    /**
     * Looks up the unknown names for {@link #node}. Never fails, because callers can show a number in place of a name.
     */
    CompletableFuture<Void> lookUpNames(Set<Long> incarnations) {
        Set<Long> strangers = new HashSet<>(incarnations);
        strangers.removeIf(one -> known.containsKey(one) || names.containsKey(one));
        return strangers.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : nodes.apply(strangers).handle((found, failed) -> {
                    if (failed == null) {
                        strangers.forEach(one -> remember(one, found.get(one)));
                    }
                    return null;
                });
    }

    private void remember(long incarnation, Queries.@Nullable Owner owner) {
        if (names.size() > MAX_KNOWN) {
            names.clear();
        }
        names.put(
                incarnation,
                owner == null ? "incarnation " + incarnation + ", which is no longer alive" : owner.node());
    }

    private List<Peer> remember(List<Peer> peers) {
        if (known.size() > MAX_KNOWN) {
            known.clear();
        }
        peers.forEach(peer -> known.put(peer.incarnation(), peer));
        return peers;
    }
}

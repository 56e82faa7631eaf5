package dev.entente.simulation.store;

import dev.entente.server.store.Membership.Peer;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The incarnations in the database of a simulation, and the holders of their session locks. Guarded by {@link Tables}.
 */
public final class Incarnations {
    private final NavigableMap<Long, Peer> coordinators = new TreeMap<>();
    private final Set<Long> locked = new HashSet<>();

    void register(long incarnation, String node, String address, Instant now) {
        coordinators.put(incarnation, new Peer(incarnation, node, address, 0, null, now, "simulated"));
        locked.add(incarnation);
    }

    /** Frees the session lock, because the incarnation's connection has ended. */
    void lockIsFree(long incarnation) {
        locked.remove(incarnation);
    }

    boolean isLockFree(long incarnation) {
        return !locked.contains(incarnation);
    }

    boolean isAlive(long incarnation) {
        Peer peer = coordinators.get(incarnation);
        return peer != null && peer.deadAt() == null;
    }

    boolean renew(long incarnation) {
        if (!isAlive(incarnation)) {
            return false;
        }
        locked.add(incarnation);
        Peer peer = Objects.requireNonNull(coordinators.get(incarnation));
        coordinators.put(
                incarnation,
                new Peer(
                        incarnation,
                        peer.node(),
                        peer.address(),
                        peer.beat() + 1,
                        null,
                        peer.startedAt(),
                        peer.version()));
        return true;
    }

    /** @param owners incarnations that are listed even if they are dead */
    List<Peer> peers(Set<Long> owners) {
        return coordinators.values().stream()
                .filter(peer -> peer.deadAt() == null || owners.contains(peer.incarnation()))
                .toList();
    }

    /** Declares the incarnation dead, and returns whether it is dead now. */
    boolean declareDead(long incarnation, @Nullable Long beat, Instant now) {
        Peer peer = coordinators.get(incarnation);
        if (peer == null) {
            return true;
        }
        if (peer.deadAt() == null && (beat == null || beat == peer.beat())) {
            Peer dead = new Peer(
                    incarnation, peer.node(), peer.address(), peer.beat(), now, peer.startedAt(), peer.version());
            coordinators.put(incarnation, dead);
            return true;
        }
        return peer.deadAt() != null;
    }
}

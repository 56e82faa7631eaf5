package dev.entente.server.api;

import dev.entente.server.store.Membership;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** The coordinators that a test names. */
final class FakeMembership implements Membership {
    final List<Peer> peers = new CopyOnWriteArrayList<>();

    void add(long incarnation, String node, String address) {
        peers.add(new Peer(incarnation, node, address, 1, null, Instant.EPOCH, "test"));
    }

    @Override
    public CompletableFuture<Renewal> renew() {
        return CompletableFuture.completedFuture(new Renewal(true, Instant.EPOCH));
    }

    @Override
    public CompletableFuture<List<Peer>> peers() {
        return CompletableFuture.completedFuture(List.copyOf(peers));
    }

    @Override
    public CompletableFuture<Boolean> declareDead(long incarnation, long lastSeenBeat) {
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public CompletableFuture<Boolean> isProcessGone(long incarnation) {
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public CompletableFuture<Void> retire() {
        return CompletableFuture.completedFuture(null);
    }
}

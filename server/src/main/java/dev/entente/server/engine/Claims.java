package dev.entente.server.engine;

import dev.entente.server.store.Membership;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes over what nobody works on: rows that are due, and rows of incarnations that died.
 *
 * <p>An incarnation is taken for dead when its beat has not changed for a lease's length on this observer's monotonic clock, or when its
 * process is gone (its session's advisory lock is free). Death is declared first; then its rows are claimed.
 */
final class Claims {
    private final Engine engine;
    private final TransactionStore store;
    private final Membership membership;
    private final World world;
    private final Settings settings;
    private final Map<Long, Sighting> sightings = new HashMap<>();
    private volatile boolean isClosed;

    private record Sighting(long beat, long sinceNanos) {}

    Claims(Engine engine, TransactionStore store, Membership membership, World world, Settings settings) {
        this.engine = engine;
        this.store = store;
        this.membership = membership;
        this.world = world;
        this.settings = settings;
    }

    /** The first round; then on and on. The future tells how many rows were taken in that round. */
    CompletableFuture<Integer> start() {
        return adoptFromTheDead()
                .thenCompose(adopted -> claimDue().thenApply(claimed -> adopted + claimed))
                .whenComplete((_, _) -> {
                    later(settings.pollEvery(), this::pollDue);
                    later(settings.lease().dividedBy(4), this::pollPeers);
                });
    }

    void close() {
        isClosed = true;
    }

    private void later(Duration delay, Runnable task) {
        if (!isClosed) {
            world.timers().schedule(delay, task);
        }
    }

    private void pollDue() {
        Callbacks.when(claimDue(), (_, failure) -> next(failure, settings.pollEvery(), this::pollDue));
    }

    private void pollPeers() {
        Callbacks.when(
                adoptFromTheDead(),
                (_, failure) -> next(failure, settings.lease().dividedBy(4), this::pollPeers));
    }

    private void next(@Nullable Throwable failure, Duration delay, Runnable poll) {
        if (failure != null) {
            world.metrics().caught("claims");
        }
        later(delay, poll);
    }

    // ---- due rows

    private CompletableFuture<Integer> claimDue() {
        if (!engine.isTaking() || engine.room() == 0) {
            return CompletableFuture.completedFuture(0);
        }
        return store.dueBuckets().thenCompose(buckets -> claimEach(buckets.iterator(), 0));
    }

    private CompletableFuture<Integer> claimEach(Iterator<Integer> buckets, int sum) {
        int limit = Math.min(settings.claimBatch(), engine.room());
        if (!buckets.hasNext() || limit == 0 || !engine.isTaking()) {
            return CompletableFuture.completedFuture(sum);
        }
        return claimBucket(buckets.next(), 0).thenCompose(claimed -> claimEach(buckets, sum + claimed));
    }

    private CompletableFuture<Integer> claimBucket(int bucket, int sum) {
        int limit = Math.min(settings.claimBatch(), engine.room());
        if (limit == 0) {
            return CompletableFuture.completedFuture(sum);
        }
        return store.claimDue(bucket, limit).thenCompose(rows -> {
            rows.forEach(row -> engine.install(row, false));
            int claimed = sum + rows.size();
            return rows.size() < limit ? CompletableFuture.completedFuture(claimed) : claimBucket(bucket, claimed);
        });
    }

    // ---- rows of the dead

    private CompletableFuture<Integer> adoptFromTheDead() {
        if (!engine.isTaking()) {
            return CompletableFuture.completedFuture(0);
        }
        return membership.peers().thenCompose(peers -> adoptEach(nodeOf(peers), peers.iterator(), 0));
    }

    private String nodeOf(List<Membership.Peer> peers) {
        return peers.stream()
                .filter(peer -> peer.incarnation() == store.incarnation())
                .map(Membership.Peer::node)
                .findFirst()
                .orElse("");
    }

    private CompletableFuture<Integer> adoptEach(String node, Iterator<Membership.Peer> peers, int sum) {
        if (!peers.hasNext()) {
            return CompletableFuture.completedFuture(sum);
        }
        Membership.Peer peer = peers.next();
        if (peer.incarnation() == store.incarnation()) {
            return adoptEach(node, peers, sum);
        }
        return isDead(node, peer)
                .thenCompose(dead -> dead ? adopt(peer.incarnation(), "", 0) : CompletableFuture.completedFuture(0))
                .thenCompose(adopted -> adoptEach(node, peers, sum + adopted));
    }

    /** Only an earlier incarnation of the same node may be taken over at once: elsewhere a lost connection is no proof of death. */
    private CompletableFuture<Boolean> isDead(String node, Membership.Peer peer) {
        if (peer.deadAt() != null) {
            sightings.remove(peer.incarnation());
            return CompletableFuture.completedFuture(true);
        }
        if (hasLapsed(peer)) {
            return membership.declareDead(peer.incarnation(), peer.beat());
        }
        if (!peer.node().equals(node)) {
            return CompletableFuture.completedFuture(false);
        }
        return membership
                .isProcessGone(peer.incarnation())
                .thenCompose(isGone -> isGone
                        ? membership.declareDead(peer.incarnation(), peer.beat())
                        : CompletableFuture.completedFuture(false));
    }

    private boolean hasLapsed(Membership.Peer peer) {
        long now = world.nanos().getAsLong();
        Sighting seen = sightings.get(peer.incarnation());
        if (seen == null || seen.beat != peer.beat()) {
            sightings.put(peer.incarnation(), new Sighting(peer.beat(), now));
            return false;
        }
        return now - seen.sinceNanos >= settings.lease().toNanos();
    }

    private CompletableFuture<Integer> adopt(long dead, String afterGid, int sum) {
        int limit = Math.min(settings.claimBatch(), engine.room());
        if (limit == 0 || !engine.isTaking()) {
            return CompletableFuture.completedFuture(sum);
        }
        return store.adopt(dead, afterGid, limit).thenCompose(rows -> {
            rows.forEach(row -> engine.install(row, true));
            world.metrics().adopted(rows.size());
            int adopted = sum + rows.size();
            return rows.size() < limit ? CompletableFuture.completedFuture(adopted) : adopt(dead, last(rows), adopted);
        });
    }

    private static String last(List<OpenRow> rows) {
        return rows.stream().map(OpenRow::gid).max(String::compareTo).orElseThrow();
    }
}

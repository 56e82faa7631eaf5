package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.Callbacks;
import dev.entente.server.engine.Engine;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.EngineFailures;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.Membership;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.telemetry.RateLimitedLog;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims of rows that no coordinator works on: due rows, and rows of incarnations that died.
 *
 * <p>An incarnation counts as dead in two cases. Its beat has not changed for a lease's length on this observer's
 * monotonic clock, or, on this node only, its process is gone (its session's advisory lock is free). The incarnation is
 * declared dead first; then its rows are claimed.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private final Engine.Intake intake;
    private final TransactionStore store;
    private final Membership membership;
    private final EngineEnvironment environment;
    private final EngineSettings settings;
    private final Takeover takeover;
    private final RateLimitedLog failures;
    private final Map<Long, Sighting> sightings = new HashMap<>();
    private long peersSeenNanos;
    private long peersSeenWallMillis;
    private long deadSeenNanos;
    private volatile boolean isClosed;

    private record Sighting(long beat, long sinceNanos) {}

    /**
     * One read of the peers.
     *
     * @param node the node of this incarnation
     * @param askedNanos the time at which the database was asked: the answer contains no later beats, even if the
     *     answer is read late
     */
    private record Reading(String node, long askedNanos) {}

    Claims(
            Engine.Intake intake,
            TransactionStore store,
            Membership membership,
            EngineEnvironment environment,
            EngineSettings settings) {
        this.intake = intake;
        this.store = store;
        this.membership = membership;
        this.environment = environment;
        this.settings = settings;
        this.failures = new RateLimitedLog(environment.nanos());
        this.takeover = new Takeover(intake, environment, settings.claimBatch(), this::note);
        this.peersSeenNanos = environment.nanos().getAsLong();
        this.peersSeenWallMillis = environment.wallMillis().getAsLong();
        this.deadSeenNanos = peersSeenNanos - deadPeerCheckNanos();
    }

    /**
     * Runs the first round; further rounds follow one after another. The future completes once there is enough work or
     * the round has ended. It returns the number of taken rows, or the failure of the round.
     */
    CompletableFuture<Integer> start() {
        return Callbacks.of(this::adoptFromTheDead)
                .thenCompose(adopted -> claimDue().thenApply(claimed -> adopted + claimed))
                .whenComplete((_, failure) -> over(failure));
    }

    void close() {
        isClosed = true;
    }

    private void later() {
        if (!isClosed) {
            environment.timers().schedule(settings.pollEvery(), this::round);
        }
    }

    /** Runs one round. A failure of one part does not stop the other parts. */
    private void round() {
        Callbacks.when(
                noted(this::adoptFromTheDead)
                        .thenCompose(_ -> noted(this::claimDue))
                        .thenCompose(_ -> noted(intake.orphanedRows()::scan)),
                (_, failure) -> over(failure));
    }

    /** Schedules the next round in any case: no other code takes rows over. */
    private void over(@Nullable Throwable failure) {
        try {
            note(failure);
        } finally {
            later();
        }
    }

    private CompletableFuture<Integer> noted(Supplier<CompletableFuture<Integer>> part) {
        return Callbacks.of(part).exceptionally(failure -> {
            note(failure);
            return 0;
        });
    }

    /** Records a failure: this incarnation may own more rows although the answer was lost. */
    private void note(@Nullable Throwable failure) {
        if (failure != null) {
            if (!EngineFailures.isUnavailable(failure)) {
                environment.metrics().caught("claims");
            }
            int before = failures.due();
            if (before != RateLimitedLog.WITHHELD) {
                LOG.warn(
                        "could not claim transactions, retrying: {}; {} more failures since the last such line",
                        EngineFailures.cause(failure).toString(),
                        before);
            }
            intake.orphanedRows().noteOrphans();
        }
    }

    // ---- due rows

    private CompletableFuture<Integer> claimDue() {
        boolean isFull = !intake.memory().hasCapacity();
        if (!intake.opening().isTaking() || (isFull && !intake.shares().isAnyCrowd())) {
            return CompletableFuture.completedFuture(0);
        }
        return store.due().thenCompose(due -> {
            if (isFull) {
                intake.shares().fullWhile(due);
            }
            return intake.shares().capacityToClaim() == 0 ? CompletableFuture.completedFuture(0) : claim(due);
        });
    }

    private CompletableFuture<Integer> claim(DueWork due) {
        return takeover.begin(new Takeover.DueRows(store, due.buckets()))
                .thenCompose(claimed -> claimHeldBack(due.heldBack().iterator(), claimed));
    }

    private CompletableFuture<Integer> claimHeldBack(Iterator<DueWork.HeldBack> all, int sum) {
        if (!all.hasNext()) {
            return CompletableFuture.completedFuture(sum);
        }
        return takeover.begin(new Takeover.HeldBackRows(store, intake.shares(), all.next()))
                .thenCompose(claimed -> claimHeldBack(all, sum + claimed));
    }

    // ---- rows of dead incarnations

    private CompletableFuture<Integer> adoptFromTheDead() {
        if (!intake.opening().isTaking()) {
            return CompletableFuture.completedFuture(0);
        }
        long askedNanos = environment.nanos().getAsLong();
        return peers().thenCompose(peers -> {
            watch(peers);
            return adoptEach(new Reading(nodeOf(peers), askedNanos), peers.iterator(), 0);
        });
    }

    /**
     * Returns the living incarnations in each round. The lease of a peer counts from the first read of its beat: a late
     * read would delay the takeover. Dead incarnations that still own rows are read only periodically, because finding
     * them scans the complete table.
     */
    private CompletableFuture<List<Membership.Peer>> peers() {
        long now = environment.nanos().getAsLong();
        if (now - deadSeenNanos < deadPeerCheckNanos()) {
            return membership.living();
        }
        return membership.peers().thenApply(peers -> {
            deadSeenNanos = now;
            return peers;
        });
    }

    private long deadPeerCheckNanos() {
        return settings.lease().toNanos() / 4;
    }

    /**
     * Forgets the known beats if this node could not read for half a lease, for example while the database was
     * unavailable. The peers could not raise their beats then. The limit is half a lease, because a beat may already be
     * a third of a lease old. The monotonic clock alone does not show that the machine slept.
     */
    private void watch(List<Membership.Peer> peers) {
        long now = environment.nanos().getAsLong();
        long nowWallMillis = environment.wallMillis().getAsLong();
        long byWallNanos = TimeUnit.MILLISECONDS.toNanos(nowWallMillis - peersSeenWallMillis);
        if (Math.max(now - peersSeenNanos, byWallNanos) >= settings.lease().toNanos() / 2) {
            sightings.clear();
        }
        peersSeenNanos = now;
        peersSeenWallMillis = nowWallMillis;
        sightings
                .keySet()
                .retainAll(peers.stream().map(Membership.Peer::incarnation).toList());
    }

    private String nodeOf(List<Membership.Peer> peers) {
        return peers.stream()
                .filter(peer -> peer.incarnation() == store.incarnation())
                .map(Membership.Peer::node)
                .findFirst()
                .orElse("");
    }

    private CompletableFuture<Integer> adoptEach(Reading scan, Iterator<Membership.Peer> peers, int sum) {
        if (!peers.hasNext()) {
            return CompletableFuture.completedFuture(sum);
        }
        Membership.Peer peer = peers.next();
        if (peer.incarnation() == store.incarnation()) {
            return adoptEach(scan, peers, sum);
        }
        return isDead(scan, peer)
                .thenCompose(dead -> dead
                        ? takeover.begin(new Takeover.DeadRows(store, peer.incarnation()))
                        : CompletableFuture.completedFuture(0))
                .thenCompose(adopted -> adoptEach(scan, peers, sum + adopted));
    }

    /**
     * Returns whether the peer is dead. Only an earlier incarnation of the same node may be taken over at once: on
     * other nodes a lost connection is no proof of death.
     */
    private CompletableFuture<Boolean> isDead(Reading scan, Membership.Peer peer) {
        if (peer.deadAt() != null) {
            sightings.remove(peer.incarnation());
            return CompletableFuture.completedFuture(true);
        }
        if (hasLapsed(scan, peer)) {
            return membership.declareDead(peer.incarnation(), peer.beat());
        }
        if (!peer.node().equals(scan.node())) {
            return CompletableFuture.completedFuture(false);
        }
        return membership
                .isProcessGone(peer.incarnation())
                .thenCompose(isGone -> isGone
                        ? membership.declareDead(peer.incarnation(), peer.beat())
                        : CompletableFuture.completedFuture(false));
    }

    private boolean hasLapsed(Reading scan, Membership.Peer peer) {
        Sighting seen = sightings.get(peer.incarnation());
        if (seen == null || seen.beat != peer.beat()) {
            sightings.put(
                    peer.incarnation(),
                    new Sighting(peer.beat(), environment.nanos().getAsLong()));
            return false;
        }
        return scan.askedNanos() - seen.sinceNanos >= settings.lease().toNanos();
    }
}

package dev.entente.simulation.world;

import dev.entente.server.store.Membership;
import dev.entente.simulation.mutant.Mutant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The membership as seen by one process.
 *
 * @param seen the last answer about its peers
 */
public record TappedMembership(
        Membership inner, VirtualProcess process, Mutant mutant, AtomicReference<List<Peer>> seen)
        implements Membership {

    @Override
    public CompletableFuture<Renewal> renew() {
        CompletableFuture<Renewal> renewed = process.received(inner.renew());
        return mutant == Mutant.RENEWAL_AFTER_DEATH
                ? renewed.thenApply(renewal -> new Renewal(true, renewal.databaseNow()))
                : renewed;
    }

    @Override
    public void whenLockLost(Runnable reported) {
        if (mutant != Mutant.LOST_LOCK_IGNORED) {
            inner.whenLockLost(() -> process.run(reported));
        }
    }

    @Override
    public CompletableFuture<List<Peer>> peers() {
        CompletableFuture<List<Peer>> peers = process.received(inner.peers());
        return mutant != Mutant.BLIND_OBSERVER
                ? peers
                : peers.handle((found, failure) -> failure == null ? found : seen.get())
                        .whenComplete((found, _) -> seen.set(found));
    }

    @Override
    public CompletableFuture<Boolean> declareDead(long incarnation, long lastSeenBeat) {
        return process.received(inner.declareDead(incarnation, lastSeenBeat));
    }

    @Override
    public CompletableFuture<Boolean> isProcessGone(long incarnation) {
        return process.received(inner.isProcessGone(incarnation));
    }

    @Override
    public CompletableFuture<Void> retire() {
        return process.received(inner.retire());
    }
}

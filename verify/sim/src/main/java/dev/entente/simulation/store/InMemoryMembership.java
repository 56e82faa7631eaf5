package dev.entente.simulation.store;

import dev.entente.server.store.Membership;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The membership of one incarnation in the shared {@link Tables}. The constructor registers the incarnation. Each
 * request runs after a delay and is answered after another delay.
 */
public final class InMemoryMembership implements Membership {
    private static final Duration LOSS_NOTICE_DELAY = Duration.ofMillis(1);

    private final Tables tables;
    private final long incarnation;
    private final long timeline;
    private final Scheduler scheduler;
    private final Random random;
    private final StoreBehavior behavior;
    private volatile boolean isGone;
    private volatile boolean isCutOff;
    private volatile Runnable lockLost = () -> {};

    /** @param incarnation unique; random in production */
    public InMemoryMembership(
            Tables tables, long incarnation, String node, Scheduler scheduler, Random random, StoreBehavior behavior) {
        this.tables = tables;
        this.incarnation = incarnation;
        this.timeline = tables.timeline();
        this.scheduler = scheduler;
        this.random = random;
        this.behavior = behavior;
        tables.register(incarnation, node, node + ":7790");
    }

    @Override
    public CompletableFuture<Renewal> renew() {
        return ask(() -> new Renewal(tables.timeline() == timeline && tables.renew(incarnation), tables.now()));
    }

    @Override
    public void whenLockLost(Runnable reported) {
        lockLost = reported;
    }

    @Override
    public CompletableFuture<List<Peer>> peers() {
        return ask(tables::peers);
    }

    @Override
    public CompletableFuture<Boolean> declareDead(long other, long lastSeenBeat) {
        return ask(() -> tables.declareDead(other, lastSeenBeat));
    }

    @Override
    public CompletableFuture<Boolean> isProcessGone(long other) {
        return ask(() -> tables.isProcessGone(other));
    }

    @Override
    public CompletableFuture<Void> retire() {
        return ask(() -> tables.declareDead(incarnation, null)).thenAccept(_ -> {});
    }

    private <T> CompletableFuture<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        scheduler.after(behavior.delay(random), () -> {
            if (isGone || isCutOff) {
                return;
            }
            if (tables.storeFaults().isAway()) {
                answer.completeExceptionally(new StoreUnavailable("the database does not answer", null));
                return;
            }
            T found = question.get();
            scheduler.after(behavior.delay(random), () -> {
                if (!isGone) {
                    answer.complete(found);
                }
            });
        });
        return answer;
    }

    /** Kills the process: it receives no more answers, and its session lock is free. */
    public void crash() {
        isGone = true;
        tables.processGone(incarnation);
    }

    /**
     * Ends the connection that holds the session lock. The process is notified at once, and the next renewal takes the
     * lock again.
     */
    public void loseLock() {
        tables.processGone(incarnation);
        scheduler.after(LOSS_NOTICE_DELAY, () -> {
            if (!isGone) {
                lockLost.run();
            }
        });
    }

    /** Drops all requests while cut off: a partition between this process and its renewals only. */
    public void cutOff(boolean cutOff) {
        isCutOff = cutOff;
    }
}

package dev.entente.simulation.store;

import dev.entente.server.store.Membership;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One incarnation among those of the shared {@link Tables}. Registers itself when it is made. Each question is carried
 * out after a leg of delay and answered after another.
 */
public final class InMemoryMembership implements Membership {
    private static final Duration WORD_OF_THE_LOSS = Duration.ofMillis(1);

    private final Tables tables;
    private final long incarnation;
    private final long timeline;
    private final Scheduler scheduler;
    private final Random random;
    private final Weather weather;
    private volatile boolean isGone;
    private volatile boolean isCutOff;
    private volatile Runnable lockLost = () -> {};

    /** @param incarnation unique, and random in real life */
    public InMemoryMembership(
            Tables tables, long incarnation, String node, Scheduler scheduler, Random random, Weather weather) {
        this.tables = tables;
        this.incarnation = incarnation;
        this.timeline = tables.timeline();
        this.scheduler = scheduler;
        this.random = random;
        this.weather = weather;
        tables.register(incarnation, node, node + ":7790");
    }

    @Override
    public CompletableFuture<Renewal> renew() {
        return ask(() -> new Renewal(tables.timeline() == timeline && tables.renew(incarnation), tables.now()));
    }

    @Override
    public void whenLockLost(Runnable told) {
        lockLost = told;
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
        scheduler.after(weather.leg(random), () -> {
            if (isGone || isCutOff) {
                return;
            }
            if (tables.ailments().isAway()) {
                answer.completeExceptionally(new StoreUnavailable("the database does not answer", null));
                return;
            }
            T found = question.get();
            scheduler.after(weather.leg(random), () -> {
                if (!isGone) {
                    answer.complete(found);
                }
            });
        });
        return answer;
    }

    /** The process is killed: no answer arrives any more, and its lock is free. */
    public void crash() {
        isGone = true;
        tables.processGone(incarnation);
    }

    /**
     * The server ends the connection that holds the session lock; its word of that arrives at once. The next renewal
     * takes the lock again.
     */
    public void loseLock() {
        tables.processGone(incarnation);
        scheduler.after(WORD_OF_THE_LOSS, () -> {
            if (!isGone) {
                lockLost.run();
            }
        });
    }

    /** Questions are swallowed while it is cut off: a partition between this process and its renewals alone. */
    public void cutOff(boolean cutOff) {
        isCutOff = cutOff;
    }
}

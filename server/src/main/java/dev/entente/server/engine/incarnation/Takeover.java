package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.Callbacks;
import dev.entente.server.engine.Engine;
import dev.entente.server.engine.World;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Takes rows into memory, few at first, so that their calls leave while the next ones are read. Then it takes more at a
 * time, at the pace of what ends here. Whoever began one waits only until it has enough to do; the rest follows behind.
 */
final class Takeover {
    private static final int FIRST_BATCH = 8;
    /** The most bytes of one batch. While it is read there are several copies of it. */
    private static final long MOST_BYTES = 16 << 20;

    private static final Duration GLANCE = Duration.ofMillis(50);

    private final Engine engine;
    private final World world;
    private final int batch;
    private final Pace pace;
    private final Consumer<Throwable> onFailureBehind;
    private final Set<Object> underWay = ConcurrentHashMap.newKeySet();

    /** A source of rows, which is asked for one batch after another. */
    abstract static class Source {
        final TransactionStore store;
        /** A takeover is not begun beside one with an equal identity: it takes the same rows. */
        final Object identity;
        /** Whether the rows' owner died, so that its calls are not known. */
        final boolean isFromDead;

        boolean isExhausted;

        Source(TransactionStore store, Object identity, boolean isFromDead) {
            this.store = store;
            this.identity = identity;
            this.isFromDead = isFromDead;
        }

        /**
         * Up to so many rows, claimed for this incarnation; fewer, or none, do not mean that there are no more.
         *
         * @param bytes of payload that they may have together, where it is more than one
         */
        abstract CompletableFuture<List<OpenRow>> take(int limit, long bytes);
    }

    /** @param onFailureBehind told why one failed of which nobody waits for the end any more */
    Takeover(Engine engine, World world, int batch, Consumer<Throwable> onFailureBehind) {
        this.engine = engine;
        this.world = world;
        this.batch = batch;
        this.pace = new Pace(engine.memory::open, world.timers(), 2 * batch);
        this.onFailureBehind = onFailureBehind;
    }

    /**
     * Begins one, unless an equal one is under way. The future tells how many rows it has taken when that is enough for
     * a while, or when it is through; or why it failed before.
     */
    CompletableFuture<Integer> begin(Source source) {
        if (!underWay.add(source.identity)) {
            return CompletableFuture.completedFuture(0);
        }
        CompletableFuture<Integer> enough = new CompletableFuture<>();
        Callbacks.when(Callbacks.of(() -> more(source, 0, enough)), (sum, failure) -> {
            underWay.remove(source.identity);
            if (failure == null) {
                enough.complete(sum);
            } else if (!enough.completeExceptionally(failure)) {
                onFailureBehind.accept(failure);
            }
        });
        return enough;
    }

    private CompletableFuture<Integer> more(Source source, int sum, CompletableFuture<Integer> enough) {
        if (!engine.mailboxes.isTaking() || source.isExhausted) {
            return CompletableFuture.completedFuture(sum);
        }
        int limit = Math.min(Math.min(batch, Math.max(FIRST_BATCH, sum)), engine.shares.roomToClaim());
        if (limit == 0) {
            enough.complete(sum);
            return room(source).thenCompose(_ -> more(source, sum, enough));
        }
        long bytes = engine.memory.reserve(MOST_BYTES);
        return Callbacks.of(() -> source.take(limit, Math.max(1, bytes)))
                .thenApply(rows -> installed(source, rows))
                .whenComplete((_, _) -> engine.memory.release(bytes))
                .thenCompose(count -> next(source, sum + count, enough));
    }

    private int installed(Source source, List<OpenRow> rows) {
        rows.forEach(row -> engine.mailboxes.install(row, source.isFromDead));
        world.metrics().adopted(rows.size());
        return rows.size();
    }

    private CompletableFuture<Integer> next(Source source, int taken, CompletableFuture<Integer> enough) {
        if (taken >= 2 * batch) {
            enough.complete(taken);
        }
        return source.isExhausted
                ? CompletableFuture.completedFuture(taken)
                : pace.next().thenCompose(_ -> more(source, taken, enough));
    }

    /**
     * Completes when there is room, or nothing is taken any more: the rest of a source is nobody else's to look for.
     * Meanwhile whoever has the room and waits for one of these rows is told so ({@code DeliveryOrder}).
     */
    private CompletableFuture<Void> room(Source source) {
        CompletableFuture<Void> room = new CompletableFuture<>();
        engine.memory.waitsForRoom(source.identity);
        look(room);
        return room.whenComplete((_, _) -> engine.memory.goesOn(source.identity));
    }

    private void look(CompletableFuture<Void> room) {
        world.timers().schedule(GLANCE, () -> {
            if (engine.shares.roomToClaim() > 0 || !engine.mailboxes.isTaking()) {
                room.complete(null);
            } else {
                look(room);
            }
        });
    }
}

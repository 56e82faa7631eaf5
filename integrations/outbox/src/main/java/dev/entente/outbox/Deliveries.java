package dev.entente.outbox;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The chains that are under way, each of which ends by itself and waits for no other. Thread-safe. */
final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
    /** After this long a key's delivered messages are written down before the next one leaves. */
    private static final long LONGEST_CHAIN_NANOS = 1_000_000_000L;
    /** The steps that a thread takes once it is through with the one that it is within; absent outside of any. */
    private static final ThreadLocal<@Nullable Queue<Runnable>> LATER_STEPS = new ThreadLocal<>();

    private final Carriers carriers;
    private final Circuits circuits;
    private final BooleanSupplier mayStart;
    private final Consumer<Chain> ended;
    private final Set<String> firstIds = ConcurrentHashMap.newKeySet();
    private final AtomicLong payloadBytes = new AtomicLong();
    private final AtomicLong caught = new AtomicLong();

    /**
     * Starts nothing yet.
     *
     * @param mayStart whether a further attempt may begin
     * @param ended is told of each chain once, by the thread that its last delivery ended on
     */
    Deliveries(Carriers carriers, Circuits circuits, BooleanSupplier mayStart, Consumer<Chain> ended) {
        this.carriers = carriers;
        this.circuits = circuits;
        this.mayStart = mayStart;
        this.ended = ended;
    }

    /** Does not block. */
    void start(Chain chain) {
        firstIds.add(chain.firstId());
        payloadBytes.addAndGet(chain.payloadBytes());
        circuits.holdBack(chain);
        afterThis(() -> startHeldBack(chain.destination()));
    }

    /**
     * Runs it now, or as soon as this thread is through with the one that it is within. An attempt that ends at once
     * would otherwise begin the next one within itself, until the stack is used up.
     */
    private void afterThis(Runnable step) {
        Queue<Runnable> running = LATER_STEPS.get();
        if (running != null) {
            running.add(step);
            return;
        }
        Queue<Runnable> steps = new ArrayDeque<>(List.of(step));
        LATER_STEPS.set(steps);
        try {
            takeAll(steps);
        } finally {
            LATER_STEPS.remove();
        }
    }

    /**
     * Takes steps until none is left. Whatever one of them throws, those behind it are taken: their chains would never
     * end, and their destinations would stay silent.
     */
    private void takeAll(Queue<Runnable> steps) {
        Runnable first = steps.poll();
        while (first != null) {
            try {
                first.run();
            } catch (RuntimeException | Error defect) {
                caught(defect);
            }
            first = steps.poll();
        }
    }

    private void caught(Throwable defect) {
        caught.incrementAndGet();
        LOG.error("a delivery of the outbox could not be taken further", defect);
    }

    /** Starts as many as there is room for. Each end of an attempt calls this. */
    private void startHeldBack(String destination) {
        Circuits.Released next = release(destination);
        while (next != null) {
            if (next.leaves()) {
                attempt(next.chain(), System.nanoTime());
            } else {
                end(next.chain());
            }
            next = release(destination);
        }
    }

    private Circuits.@Nullable Released release(String destination) {
        return circuits.release(destination, mayStart.getAsBoolean()).orElse(null);
    }

    int underWay() {
        return firstIds.size();
    }

    boolean isUnderWay(String firstId) {
        return firstIds.contains(firstId);
    }

    /** All that is held in memory for what is under way. */
    long payloadBytes() {
        return payloadBytes.get();
    }

    /** How many steps of deliveries threw something: each is a defect. */
    long caught() {
        return caught.get();
    }

    private void attempt(Chain chain, long startedNanos) {
        Claimed claimed = chain.next().orElseThrow();
        CompletableFuture<Void> unused = carriers.deliver(claimed.message()).thenAccept(delivery -> {
            afterThis(() -> goOn(chain, new Chain.Attempt(claimed, delivery), startedNanos));
            afterThis(() -> startHeldBack(claimed.destination()));
        });
    }

    private void goOn(Chain chain, Chain.Attempt last, long startedNanos) {
        circuits.leave(last.claimed().destination(), !(last.delivery() instanceof Delivery.Unanswered));
        chain.add(last);
        if (last.succeeded() && mayGoOn(chain, startedNanos)) {
            attempt(chain, startedNanos);
        } else {
            end(chain);
        }
    }

    private boolean mayGoOn(Chain chain, long startedNanos) {
        return mayStart.getAsBoolean()
                && chain.mayStart()
                && System.nanoTime() - startedNanos < LONGEST_CHAIN_NANOS
                && chain.next()
                        .map(Claimed::destination)
                        .filter(next -> carriers.destinations().matcher(next).matches() && circuits.tryEnter(next))
                        .isPresent();
    }

    /** It counts as under way until it was told of, so that nobody takes it meanwhile. */
    private void end(Chain chain) {
        payloadBytes.addAndGet(-chain.payloadBytes());
        try {
            ended.accept(chain);
        } finally {
            firstIds.remove(chain.firstId());
        }
    }
}

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

/** The chains in flight. Each started chain ends by itself and waits for no other chain. Thread-safe. */
final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
    /** After this time the delivered messages of a key are recorded before the next message is sent. */
    private static final long LONGEST_CHAIN_NANOS = 1_000_000_000L;
    /** The steps that a thread runs after its current step; absent while the thread runs no step. */
    private static final ThreadLocal<@Nullable Queue<Runnable>> LATER_STEPS = new ThreadLocal<>();

    private final Carriers carriers;
    private final Circuits circuits;
    private final BooleanSupplier mayStart;
    private final Consumer<Chain> ended;
    private final Set<String> firstIds = ConcurrentHashMap.newKeySet();
    private final AtomicLong payloadBytes = new AtomicLong();
    private final AtomicLong caught = new AtomicLong();

    /**
     * Starts nothing.
     *
     * @param mayStart whether a further attempt may begin
     * @param ended receives each chain once, on the thread on which the last delivery of the chain ended
     */
    Deliveries(Carriers carriers, Circuits circuits, BooleanSupplier mayStart, Consumer<Chain> ended) {
        this.carriers = carriers;
        this.circuits = circuits;
        this.mayStart = mayStart;
        this.ended = ended;
    }

    /** Starts the first attempt as soon as the destination has capacity. Does not block. */
    void start(Chain chain) {
        firstIds.add(chain.firstId());
        payloadBytes.addAndGet(chain.payloadBytes());
        circuits.holdBack(chain);
        afterThis(() -> startHeldBack(chain.destination()));
    }

    /**
     * Runs a step now, or after the current step of this thread. Without this queue, attempts that end at once would
     * nest until the stack overflows.
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
     * Runs steps until none is left, also after a step that throws. Otherwise the chains of the later steps would never
     * end, and their destinations would get no messages.
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
        LOG.error("a delivery of the outbox could not continue", defect);
    }

    /** Starts as many waiting chains as the destination has capacity for. Each end of an attempt calls this method. */
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

    int inFlightCount() {
        return firstIds.size();
    }

    boolean isInFlight(String firstId) {
        return firstIds.contains(firstId);
    }

    /** Returns the bytes of all payloads in memory. */
    long payloadBytes() {
        return payloadBytes.get();
    }

    /** Returns how many steps threw an exception: each is a defect. */
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

    /**
     * Reports the chain as ended. The chain counts as in flight until the report, so that the chain is not claimed
     * again.
     */
    private void end(Chain chain) {
        payloadBytes.addAndGet(-chain.payloadBytes());
        try {
            ended.accept(chain);
        } finally {
            firstIds.remove(chain.firstId());
        }
    }
}

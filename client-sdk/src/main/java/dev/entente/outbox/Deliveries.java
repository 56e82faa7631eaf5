package dev.entente.outbox;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
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
    private final Consumer<EndedChain> ended;
    private final Set<String> firstIds = ConcurrentHashMap.newKeySet();
    /** By destination; never empty. A queue is changed, put and removed within the map's own atomic operations only. */
    private final ConcurrentHashMap<String, Queue<Chain>> heldBack = new ConcurrentHashMap<>();

    private final AtomicLong payloadBytes = new AtomicLong();
    private final AtomicLong caught = new AtomicLong();

    /**
     * Starts nothing yet.
     *
     * @param mayStart whether a further attempt may begin
     * @param ended is told of each chain once, by the thread that its last delivery ended on
     */
    Deliveries(Carriers carriers, Circuits circuits, BooleanSupplier mayStart, Consumer<EndedChain> ended) {
        this.carriers = carriers;
        this.circuits = circuits;
        this.mayStart = mayStart;
        this.ended = ended;
    }

    /** Does not block. */
    void start(Chain chain) {
        firstIds.add(chain.firstId());
        payloadBytes.addAndGet(chain.payloadBytes());
        String destination = chain.messages().get(0).destination();
        circuits.heldBack(destination, 1);
        heldBack.compute(destination, (unused, waiting) -> {
            Queue<Chain> queue = waiting == null ? new ArrayDeque<>() : waiting;
            queue.add(chain);
            return queue;
        });
        afterThis(() -> startHeldBack(destination));
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

    /**
     * Starts as many as there is room for. Each end of an attempt calls this; while a circuit is open, all are given
     * back.
     */
    private void startHeldBack(String destination) {
        while (heldBack.containsKey(destination)) {
            boolean isGivenBack = !mayStart.getAsBoolean();
            boolean hasRoom = !isGivenBack && circuits.tryEnter(destination);
            isGivenBack |= !hasRoom && circuits.isOpen(destination);
            if (!hasRoom && !isGivenBack) {
                return;
            }
            Chain next = poll(destination);
            if (next == null) {
                if (hasRoom) {
                    circuits.leaveUnused(destination);
                }
                continue; // a chain that came meanwhile may have found this room taken
            }
            circuits.heldBack(destination, -1);
            if (hasRoom) {
                attempt(next, new ArrayList<>(), System.nanoTime());
            } else {
                end(next, List.of());
            }
        }
    }

    private @Nullable Chain poll(String destination) {
        AtomicReference<Chain> first = new AtomicReference<>();
        heldBack.computeIfPresent(destination, (unused, queue) -> {
            first.set(queue.poll());
            return queue.isEmpty() ? null : queue;
        });
        return first.get();
    }

    /** The destinations for which chains wait in memory. */
    Set<String> heldBackTo() {
        return Set.copyOf(heldBack.keySet());
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

    private void attempt(Chain chain, List<EndedChain.Attempt> attempts, long startedNanos) {
        Claimed claimed = chain.messages().get(attempts.size());
        CompletableFuture<Void> unused = carriers.deliver(claimed.message()).thenAccept(delivery -> {
            afterThis(() -> goOn(chain, new EndedChain.Attempt(claimed, delivery), attempts, startedNanos));
            afterThis(() -> startHeldBack(claimed.destination()));
        });
    }

    private void goOn(Chain chain, EndedChain.Attempt last, List<EndedChain.Attempt> attempts, long startedNanos) {
        circuits.leave(last.claimed().destination(), !(last.delivery() instanceof Delivery.Unanswered));
        attempts.add(last);
        if (last.succeeded() && mayGoOn(chain, attempts.size(), startedNanos)) {
            attempt(chain, attempts, startedNanos);
        } else {
            end(chain, attempts);
        }
    }

    private boolean mayGoOn(Chain chain, int next, long startedNanos) {
        return next < chain.messages().size()
                && mayStart.getAsBoolean()
                && System.nanoTime() - startedNanos < LONGEST_CHAIN_NANOS
                && circuits.tryEnter(chain.messages().get(next).destination());
    }

    private void end(Chain chain, List<EndedChain.Attempt> attempts) {
        payloadBytes.addAndGet(-chain.payloadBytes());
        firstIds.remove(chain.firstId());
        ended.accept(new EndedChain(chain, List.copyOf(attempts)));
    }
}

package dev.entente.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The chains that are under way, each of which ends by itself and waits for no other. Thread-safe. */
final class Deliveries {
    /** After this long a key's delivered messages are written down before the next one leaves. */
    private static final long LONGEST_CHAIN_NANOS = 1_000_000_000L;

    private final Carriers carriers;
    private final Circuits circuits;
    private final BooleanSupplier mayStart;
    private final Consumer<EndedChain> ended;
    private final Set<String> firstIds = ConcurrentHashMap.newKeySet();
    /** By destination; few of these ever go. */
    private final Map<String, Queue<Chain>> heldBack = new ConcurrentHashMap<>();

    private final AtomicLong payloadBytes = new AtomicLong();

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
        heldBack.computeIfAbsent(destination, unknown -> new ConcurrentLinkedQueue<>())
                .add(chain);
        startHeldBack(destination);
    }

    /** As many as there is room for. Whoever makes room calls this; where none is made for long, all are given back. */
    private void startHeldBack(String destination) {
        Queue<Chain> queue = heldBack.get(destination);
        while (queue != null && !queue.isEmpty()) {
            boolean isGivenBack = !mayStart.getAsBoolean();
            boolean hasRoom = !isGivenBack && circuits.tryEnter(destination);
            isGivenBack |= !hasRoom && circuits.isOpen(destination);
            if (!hasRoom && !isGivenBack) {
                return;
            }
            Chain next = queue.poll();
            if (next == null) {
                if (hasRoom) {
                    circuits.leaveUnused(destination);
                }
                return;
            }
            circuits.heldBack(destination, -1);
            if (hasRoom) {
                attempt(next, new ArrayList<>(), System.nanoTime());
            } else {
                end(next, List.of());
            }
        }
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

    private void attempt(Chain chain, List<Attempt> attempts, long startedNanos) {
        Claimed claimed = chain.messages().get(attempts.size());
        CompletableFuture<Void> unused = carriers.deliver(claimed.message()).thenAccept(delivery -> {
            circuits.leave(claimed.destination(), !(delivery instanceof Delivery.Unanswered));
            Attempt attempt = new Attempt(claimed, delivery);
            attempts.add(attempt);
            if (attempt.succeeded() && mayGoOn(chain, attempts.size(), startedNanos)) {
                attempt(chain, attempts, startedNanos);
            } else {
                end(chain, attempts);
            }
            startHeldBack(claimed.destination());
        });
    }

    private boolean mayGoOn(Chain chain, int next, long startedNanos) {
        return next < chain.messages().size()
                && mayStart.getAsBoolean()
                && System.nanoTime() - startedNanos < LONGEST_CHAIN_NANOS
                && circuits.tryEnter(chain.messages().get(next).destination());
    }

    private void end(Chain chain, List<Attempt> attempts) {
        payloadBytes.addAndGet(-chain.payloadBytes());
        firstIds.remove(chain.firstId());
        ended.accept(new EndedChain(chain, List.copyOf(attempts)));
    }
}

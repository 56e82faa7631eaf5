package dev.entente.torture.siege;

import com.google.protobuf.StringValue;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.torture.siege.attack.GoodParticipant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A client with normal work: sagas of two steps at a steady rate, regardless of the earlier ones. Each saga must
 * succeed. Thread-safe.
 */
final class GoodClient implements AutoCloseable {
    private static final long GAP_NANOS = Duration.ofMillis(25).toNanos();
    private static final int MAX_IN_FLIGHT = 400;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int MAX_REPORTED = 3;

    private final Entente entente;
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Semaphore rig = new Semaphore(MAX_IN_FLIGHT);
    private final AtomicLong number = new AtomicLong();
    private volatile boolean isEnding;

    /** Begins immediately. */
    GoodClient(Entente entente) {
        this.entente = entente;
        Thread.ofPlatform().name("good client").daemon().start(this::keepPace);
    }

    private void keepPace() {
        long next = System.nanoTime();
        while (!isEnding) {
            if (rig.tryAcquire()) {
                Thread.ofVirtual().start(() -> work());
            }
            next += GAP_NANOS;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void work() {
        String gid = "good-" + number.incrementAndGet();
        try {
            Saga saga = entente.saga("order").gid(gid);
            StringValue line = StringValue.of(gid);
            var _ = saga.step("enter", entente.participant("book").call(GoodParticipant.ENTER, line))
                    .compensateWith(_ -> entente.participant("book").call(GoodParticipant.ENTER, line));
            var _ = saga.step("close", entente.participant("book").call(GoodParticipant.ENTER, line))
                    .nothingToUndo();
            var _ = saga.submit();
            Outcome outcome = entente.transactions().await(gid, TIMEOUT);
            if (!(outcome instanceof Outcome.Succeeded)) {
                failures.add(gid + " ended as " + outcome);
            }
        } catch (RuntimeException refused) {
            failures.add(gid + ": " + refused);
        } finally {
            rig.release();
        }
    }

    /** Returns and removes the failures since the last call; the first few if there are many. */
    List<String> takeFailures() {
        List<String> taken = new ArrayList<>();
        for (String one = failures.poll(); one != null; one = failures.poll()) {
            if (taken.size() < MAX_REPORTED) {
                taken.add(one);
            }
        }
        return taken;
    }

    @Override
    public void close() {
        isEnding = true;
        rig.acquireUninterruptibly(MAX_IN_FLIGHT);
        entente.close();
    }
}

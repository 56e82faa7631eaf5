package dev.entente.demo;

import dev.entente.participant.Branch;
import dev.entente.participant.Rejection;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import shop.v1.Fault;

/**
 * Faults on request. Counters are in memory: after a restart of the participant the first calls fail again.
 * Thread-safe.
 */
final class Faults {
    /** The interval at which a held call checks whether it is still held. */
    private static final Duration LOOK = Duration.ofMillis(10);

    private final Map<String, Integer> calls = new ConcurrentHashMap<>();

    /** Waits as {@code fault} requests. Blocks. */
    void delay(Fault fault) {
        try {
            Thread.sleep(Duration.ofMillis(Math.max(0, fault.getDelayMs())));
            while (!fault.getHold().isEmpty() && Files.exists(Path.of(fault.getHold()))) {
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED
                    .withDescription("interrupted during the requested delay")
                    .withCause(e)
                    .asRuntimeException();
        }
    }

    /** Throws UNAVAILABLE for the first {@code fail_times} calls, before any work. */
    void failBefore(Fault fault, String method) {
        if (isAmongFirst(fault.getFailTimes(), "before", method)) {
            throw Status.UNAVAILABLE
                    .withDescription(method + " fails on request")
                    .asRuntimeException();
        }
    }

    /** Throws the rejection that {@code fault} requests. Runs inside the barrier, which stores the rejection. */
    void reject(Fault fault) {
        if (!fault.getReject().isEmpty()) {
            throw new Rejection(fault.getReject(), "rejected on request");
        }
    }

    /** Throws UNAVAILABLE for the first {@code lose_answers} calls, after the work was committed. */
    void loseAnswer(Fault fault, String method) {
        if (isAmongFirst(fault.getLoseAnswers(), "after", method)) {
            throw Status.UNAVAILABLE
                    .withDescription(method + " did its work; the response is lost on request")
                    .asRuntimeException();
        }
    }

    private boolean isAmongFirst(int limit, String when, String method) {
        if (limit <= 0) {
            return false;
        }
        String key = when
                + ' '
                + method
                + ' '
                + Branch.current().map(Branch::idempotencyKey).orElse("");
        return calls.merge(key, 1, Integer::sum) <= limit;
    }
}

package dev.entente.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Attempts that wait for the next transaction, up to a limit. Thread-safe. */
final class SendQueue {
    static final int MAX_WAITING = 10_000;
    private static final int MAX_IN_A_BATCH = 500;

    private final LinkedBlockingQueue<Sending> waiting = new LinkedBlockingQueue<>(MAX_WAITING);

    /** Adds an attempt, or ends it at once if the queue is full. Does not block. */
    void add(Sending sending) {
        if (!waiting.offer(sending)) {
            sending.unanswered(MAX_WAITING + " messages already wait for Kafka");
        }
    }

    /**
     * Takes waiting attempts by topic, so that a topic's failure only affects its own transaction. Omits attempts that
     * have ended meanwhile. Waits for the first one.
     *
     * @return the attempts of each topic, in their order; empty if there was none
     */
    List<List<Sending>> take(Duration longestWait) throws InterruptedException {
        List<Sending> taken = new ArrayList<>();
        Sending first = waiting.poll(longestWait.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
            return List.of();
        }
        taken.add(first);
        waiting.drainTo(taken, MAX_IN_A_BATCH - 1);
        Map<String, List<Sending>> byTopic = new LinkedHashMap<>();
        for (Sending sending : taken) {
            if (sending.isOpen()) {
                byTopic.computeIfAbsent(sending.topic(), topic -> new ArrayList<>())
                        .add(sending);
            }
        }
        return List.copyOf(byTopic.values());
    }

    void endAll(String why) {
        for (Sending sending = waiting.poll(); sending != null; sending = waiting.poll()) {
            sending.unanswered(why);
        }
    }
}

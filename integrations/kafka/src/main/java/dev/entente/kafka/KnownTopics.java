package dev.entente.kafka;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;

/**
 * The topics that the brokers reported. A producer blocks for an unknown topic, so the brokers are queried before. A
 * query never creates a topic. Thread-safe.
 */
final class KnownTopics {
    private static final int MAX_KEPT = 1000;

    private final Admin admin;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    KnownTopics(Admin admin) {
        this.admin = admin;
    }

    /** Completes after the brokers confirmed the topic, or fails with their error. Does not block. */
    CompletableFuture<Void> known(String topic) {
        if (known.contains(topic)) {
            return CompletableFuture.completedFuture(null);
        }
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .toCompletionStage()
                .toCompletableFuture()
                .thenAccept(described -> keep(topic));
    }

    /** Makes the next call query the brokers, such as after a failure. */
    void forget(String topic) {
        known.remove(topic);
    }

    private void keep(String topic) {
        if (known.size() >= MAX_KEPT) {
            known.clear(); // each topic is queried again, which costs one round trip
        }
        known.add(topic);
    }
}

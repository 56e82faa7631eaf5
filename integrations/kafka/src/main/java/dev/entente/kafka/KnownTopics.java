package dev.entente.kafka;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;

/**
 * The topics that the brokers were seen to have. A producer that is given an unknown one blocks, so they are asked
 * first; topics are never made by asking. Thread-safe.
 */
final class KnownTopics {
    private static final int MOST_KEPT = 1000;

    private final Admin admin;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    KnownTopics(Admin admin) {
        this.admin = admin;
    }

    /**
     * Ends once the brokers have said that there is such a topic, or fails with what they say instead. Does not block.
     */
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

    /** Has the brokers asked again, as after a failure. */
    void forget(String topic) {
        known.remove(topic);
    }

    private void keep(String topic) {
        if (known.size() >= MOST_KEPT) {
            known.clear(); // each is asked for once more, which costs one round trip
        }
        known.add(topic);
    }
}

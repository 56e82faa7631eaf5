package dev.entente.core.transaction;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a message, without its deliveries.
 *
 * @param firstCheckAfter the time from begin to the first question to the client's service, or null where there is no
 *     check-back
 * @param topics the topic of each delivery to a topic, by delivery id ({@code delivery-1}); its receivers are the
 *     subscribers at acceptance
 * @param orderingKey the ordering key: each receiver gets messages with equal keys one after another; empty for no
 *     order
 */
public record MessageTerms(@Nullable Duration firstCheckAfter, Map<String, String> topics, String orderingKey) {
    /** The terms of a message that sets none, and of other patterns. */
    public static final MessageTerms NONE = new MessageTerms(null, Map.of(), "");

    public MessageTerms {
        topics = Map.copyOf(topics);
    }

    public boolean isOrdered() {
        return !orderingKey.isEmpty();
    }
}

package dev.entente.core.transaction;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The terms of a message beside its deliveries.
 *
 * @param firstCheckAfter how long after it was begun its client's service is asked for the first time, or null where
 *     nobody is asked
 * @param topics by the delivery that goes there, {@code delivery-1}: to whoever is subscribed when the message is
 *     accepted
 * @param orderingKey of those with the same key each receiver gets one after another; empty for no order
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

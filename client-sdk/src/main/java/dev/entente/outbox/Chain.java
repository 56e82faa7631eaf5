package dev.entente.outbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are delivered one after another: the first of an ordering key with those right behind it, or one
 * without a key.
 *
 * @param relay the number that the first one's row names
 * @param key null for a message without one
 * @param messages in their order; not empty
 */
record Chain(long relay, @Nullable String key, List<Claimed> messages) {
    /** The first ones, each with its followers. */
    static List<Chain> of(long relay, List<Claimed> first, List<Claimed> followers) {
        Map<String, Chain> byKey = new LinkedHashMap<>();
        List<Chain> all = new ArrayList<>();
        for (Claimed claimed : first) {
            Chain chain = new Chain(relay, claimed.key(), new ArrayList<>(List.of(claimed)));
            all.add(chain);
            if (claimed.key() != null) {
                byKey.put(claimed.key(), chain);
            }
        }
        for (Claimed claimed : followers) {
            Chain chain = claimed.key() == null ? null : byKey.get(claimed.key());
            if (chain != null) {
                chain.messages.add(claimed);
            }
        }
        return all;
    }

    /** Returns the id of the first message. Its row is the one that names the relay. */
    String firstId() {
        return messages.get(0).id();
    }

    long payloadBytes() {
        return messages.stream()
                .mapToLong(claimed -> claimed.message().payload().length)
                .sum();
    }
}

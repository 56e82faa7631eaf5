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
 * @param key null for a message without one
 * @param messages in their order; not empty
 */
record Chain(@Nullable String key, List<Claimed> messages) {
    /** The first ones, each with its followers. */
    static List<Chain> of(List<Claimed> first, List<Claimed> followers) {
        Map<String, Chain> byKey = new LinkedHashMap<>();
        List<Chain> all = new ArrayList<>();
        for (Claimed message : first) {
            Chain chain = new Chain(message.key(), new ArrayList<>(List.of(message)));
            all.add(chain);
            if (message.key() != null) {
                byKey.put(message.key(), chain);
            }
        }
        for (Claimed message : followers) {
            Chain chain = message.key() == null ? null : byKey.get(message.key());
            if (chain != null) {
                chain.messages.add(message);
            }
        }
        return all;
    }
}

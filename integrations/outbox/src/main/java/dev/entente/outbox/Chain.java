package dev.entente.outbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are delivered one after another: the first of an ordering key with those right behind it, or one
 * without a key; and what came of it so far. One thread at a time takes it further.
 */
final class Chain {
    private final List<Claimed> messages;
    private final long claim;
    private final long startUntilNanos;
    private final List<Attempt> attempts = new ArrayList<>();

    /** A message, and what this attempt to deliver it came to. */
    record Attempt(Claimed claimed, Delivery delivery) {
        boolean succeeded() {
            return delivery instanceof Delivery.Delivered;
        }
    }

    /**
     * Nothing of it has been attempted.
     *
     * @param messages in their order; not empty
     * @param claim the number of the claim on the first one's row
     * @param startUntilNanos when no further attempt may begin, for it could outlast the claim
     */
    Chain(List<Claimed> messages, long claim, long startUntilNanos) {
        this.messages = List.copyOf(messages);
        this.claim = claim;
        this.startUntilNanos = startUntilNanos;
    }

    /** The first ones, each with its followers. */
    static List<Chain> of(List<Claimed> first, List<Claimed> followers, long claim, long startUntilNanos) {
        Map<String, List<Claimed>> byFirst = new LinkedHashMap<>();
        Map<String, List<Claimed>> byKey = new LinkedHashMap<>();
        for (Claimed claimed : first) {
            List<Claimed> messages = new ArrayList<>(List.of(claimed));
            byFirst.put(claimed.id(), messages);
            if (claimed.key() != null) {
                byKey.put(claimed.key(), messages);
            }
        }
        for (Claimed claimed : followers) {
            List<Claimed> messages = claimed.key() == null ? null : byKey.get(claimed.key());
            if (messages != null) {
                messages.add(claimed);
            }
        }
        return byFirst.values().stream()
                .map(messages -> new Chain(messages, claim, startUntilNanos))
                .toList();
    }

    /** Returns the id of the first message. Its row is the one that is claimed. */
    String firstId() {
        return messages.get(0).id();
    }

    /** Returns the number of that claim. */
    long claim() {
        return claim;
    }

    /** Null for a message without one. */
    @Nullable
    String key() {
        return messages.get(0).key();
    }

    String destination() {
        return messages.get(0).destination();
    }

    long payloadBytes() {
        return messages.stream()
                .mapToLong(claimed -> claimed.message().payload().length)
                .sum();
    }

    /** Tells whether an attempt that begins now ends before the claim does. */
    boolean mayStart() {
        return System.nanoTime() - startUntilNanos < 0;
    }

    /** The message whose turn it is; empty behind the last one. */
    Optional<Claimed> next() {
        return attempts.size() < messages.size() ? Optional.of(messages.get(attempts.size())) : Optional.empty();
    }

    void add(Attempt attempt) {
        attempts.add(attempt);
    }

    boolean isUnattempted() {
        return attempts.isEmpty();
    }

    /** Tells whether its key has another first message now, or none. */
    boolean hasMovedOn() {
        return !attempts.isEmpty() && attempts.get(0).succeeded();
    }

    List<String> deliveredIds() {
        return attempts.stream()
                .filter(Attempt::succeeded)
                .map(attempt -> attempt.claimed().id())
                .toList();
    }

    /** The last attempt, if that failed. */
    Optional<Attempt> failure() {
        return attempts.stream().filter(attempt -> !attempt.succeeded()).findFirst();
    }
}

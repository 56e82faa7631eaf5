package dev.entente.outbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are delivered one after another, and the results so far: one message without a key, or the first
 * messages of an ordering key. One thread at a time processes a chain.
 */
final class Chain {
    private final List<Claimed> messages;
    private final long claim;
    private final long startUntilNanos;
    private final List<Attempt> attempts = new ArrayList<>();

    /** A message and the result of this attempt to deliver it. */
    record Attempt(Claimed claimed, Delivery delivery) {
        boolean succeeded() {
            return delivery instanceof Delivery.Delivered;
        }
    }

    /**
     * Creates a chain without attempts.
     *
     * @param messages in their order; not empty
     * @param claim the number of the claim on the row of the first message
     * @param startUntilNanos after this time no further attempt may begin, because it could exceed the claim
     */
    Chain(List<Claimed> messages, long claim, long startUntilNanos) {
        this.messages = List.copyOf(messages);
        this.claim = claim;
        this.startUntilNanos = startUntilNanos;
    }

    /** Returns one chain for each first message, with the followers of its key. */
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

    /** Returns the id of the first message. The claim is stored in the row of this message. */
    String firstId() {
        return messages.get(0).id();
    }

    /** Returns the number of the claim on the first message's row. */
    long claim() {
        return claim;
    }

    /** Returns the ordering key; null if there is none. */
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

    /** Returns whether an attempt that begins now ends before the claim does. */
    boolean mayStart() {
        return System.nanoTime() - startUntilNanos < 0;
    }

    /** Returns the next message to attempt; empty after the last message. */
    Optional<Claimed> next() {
        return attempts.size() < messages.size() ? Optional.of(messages.get(attempts.size())) : Optional.empty();
    }

    void add(Attempt attempt) {
        attempts.add(attempt);
    }

    boolean isUnattempted() {
        return attempts.isEmpty();
    }

    /** Returns whether the first message is delivered, so that the key has another first message or no message. */
    boolean hasMovedOn() {
        return !attempts.isEmpty() && attempts.get(0).succeeded();
    }

    List<String> deliveredIds() {
        return attempts.stream()
                .filter(Attempt::succeeded)
                .map(attempt -> attempt.claimed().id())
                .toList();
    }

    /** Returns the failed attempt; empty if no attempt has failed. */
    Optional<Attempt> failure() {
        return attempts.stream().filter(attempt -> !attempt.succeeded()).findFirst();
    }
}

package dev.entente.outbox;

import java.util.List;
import java.util.Optional;

/**
 * A chain of which nothing is under way any more.
 *
 * @param attempts in their order; all but the last succeeded, and that may have failed; empty if none was started
 */
record EndedChain(Chain chain, List<Attempt> attempts) {
    /** A message, and what this attempt to deliver it came to. */
    record Attempt(Claimed claimed, Delivery delivery) {
        boolean succeeded() {
            return delivery instanceof Delivery.Delivered;
        }
    }

    List<String> deliveredIds() {
        return attempts.stream()
                .filter(Attempt::succeeded)
                .map(attempt -> attempt.claimed().id())
                .toList();
    }

    Optional<Attempt> failure() {
        return attempts.stream().filter(attempt -> !attempt.succeeded()).findFirst();
    }
}

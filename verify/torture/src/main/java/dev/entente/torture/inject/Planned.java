package dev.entente.torture.inject;

import java.time.Duration;

/**
 * A fault that is to be.
 *
 * @param at from the beginning of the run
 * @param target below 1024: which coordinator or ledger, counted round and round; its higher digits say how
 * @param lasts until it is mended; nothing for what is over at once
 */
public record Planned(Duration at, Fault what, int target, Duration lasts) {
    /** A line about it for whoever looks on. */
    String line(String whom) {
        return "%s %s of %s for %d ms".formatted(at, what.title(), whom, lasts.toMillis());
    }
}

package dev.entente.torture.inject;

import java.time.Duration;

/**
 * A planned fault.
 *
 * @param at from the beginning of the run
 * @param target below 1024: selects the coordinator or ledger, modulo their number; higher digits select the variant
 * @param lasts until the end of the fault; zero for a fault without a duration
 */
public record PlannedFault(Duration at, Fault what, int target, Duration lasts) {
    /** Returns a line about the fault for progress output. */
    String line(String targetName) {
        return "%s %s of %s for %d ms".formatted(at, what.title(), targetName, lasts.toMillis());
    }
}

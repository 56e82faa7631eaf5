package dev.entente.faults.inject;

import java.time.Duration;

/**
 * A fault that is to be.
 *
 * @param at from the beginning of the run
 * @param target which coordinator or ledger, counted round and round
 * @param lasts until it is mended; nothing for what is over at once
 */
public record Planned(Duration at, Fault what, int target, Duration lasts) {}

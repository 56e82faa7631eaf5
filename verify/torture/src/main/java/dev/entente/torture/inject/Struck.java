package dev.entente.torture.inject;

/**
 * A fault that was.
 *
 * @param title its class
 * @param atMillis since the epoch, when it began; so for {@code mendedAtMillis}
 */
public record Struck(String title, String target, long atMillis, long mendedAtMillis) {}

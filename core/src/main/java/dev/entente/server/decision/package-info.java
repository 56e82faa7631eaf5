/**
 * Decides what a transaction does next: pure functions over immutable values. It may use {@code plan},
 * {@code payload} and the nouns only. It must never read a clock, draw a random number, log or do I/O: time and
 * randomness are arguments. Open {@link dev.entente.server.decision.Decider} first.
 */
@NullMarked
package dev.entente.server.decision;

import org.jspecify.annotations.NullMarked;

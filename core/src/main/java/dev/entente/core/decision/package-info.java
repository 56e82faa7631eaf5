/**
 * Decides what a transaction does next: pure functions over immutable values. It may use {@code plan},
 * {@code payload} and the nouns only. It must never read a clock, draw a random number, log or do I/O: time and
 * randomness are arguments. Open {@link dev.entente.core.decision.Decider} first.
 *
 * <p>The state machine is drawn and listed in {@code docs/state-machine.md}. Here it is {@code Decider.decide}, one
 * case for each event, then {@code Decider.advance}, one step for each state: {@code Waiting} for BEGUN and SCHEDULED,
 * {@code Forward} for RUNNING, {@code Settling} for COMPLETING and UNDOING. {@code Draft.record} puts a fact on record
 * and {@code Evolution} folds it.
 */
@NullMarked
package dev.entente.core.decision;

import org.jspecify.annotations.NullMarked;

/**
 * Decides the next steps of a transaction: pure functions over immutable values. The package may use {@code plan},
 * {@code payload} and {@code transaction} only. It must never read a clock, draw a random number, log or do I/O: time
 * and randomness are arguments. Read {@link dev.entente.core.decision.Decider} first.
 *
 * <p>{@code docs/state-machine.md} contains the drawing and the list of the state machine. In code it is {@code
 * Decider.decide}, one case for each event, then {@code Decider.advance}, one step for each state: {@code Waiting} for
 * BEGUN and SCHEDULED, {@code Forward} for RUNNING, {@code Settling} for COMPLETING and UNDOING. {@code Draft.record}
 * records a fact and {@code Evolution} folds it.
 */
@NullMarked
package dev.entente.core.decision;

import org.jspecify.annotations.NullMarked;

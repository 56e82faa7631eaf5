/**
 * Reads a plan: its graph, the place of its pivot, and the mistakes that keep it from being accepted. It may use the
 * nouns and {@code payload}. It must never read a clock, draw a random number, log or do I/O. Open
 * {@link dev.entente.core.plan.PlanCheck} first.
 */
@NullMarked
package dev.entente.core.plan;

import org.jspecify.annotations.NullMarked;

/**
 * Reads a plan: its graph, its pivot, and the errors that prevent its acceptance. The package may use {@code
 * transaction} and {@code payload}. It must never read a clock, draw a random number, log or do I/O. Read {@link
 * dev.entente.core.plan.PlanCheck} first.
 */
@NullMarked
package dev.entente.core.plan;

import org.jspecify.annotations.NullMarked;

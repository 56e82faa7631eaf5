/**
 * The engine without one of its rules. It may use the server's decider and the store in memory. A mutant must never
 * change more than the rule that it is named after.
 *
 * <p>Read {@link dev.entente.simulation.mutant.Mutant} first.
 */
@NullMarked
package dev.entente.simulation.mutant;

import org.jspecify.annotations.NullMarked;

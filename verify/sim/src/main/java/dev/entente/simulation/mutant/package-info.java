/**
 * The engine robbed of one rule at a time. It may use the server's decider and the store in memory. It must never
 * change more than the rule that a mutant is named for.
 *
 * <p>Open {@link dev.entente.simulation.mutant.Mutant} first.
 */
@NullMarked
package dev.entente.simulation.mutant;

import org.jspecify.annotations.NullMarked;

/**
 * Compares a report of PIT on the decider's code with the list of changes that are known to make no difference. Knows
 * the report and the list alone.
 *
 * <p>Open {@link dev.entente.lab.mutation.PitCommand} first.
 */
@NullMarked
package dev.entente.lab.mutation;

import org.jspecify.annotations.NullMarked;

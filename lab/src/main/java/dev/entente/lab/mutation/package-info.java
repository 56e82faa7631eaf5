/**
 * Holds a report of PIT, which changes the decider's code in one place after another and runs its tests, against the
 * list of changes that are known to make no difference. Knows the report and the list alone.
 *
 * <p>Open {@link dev.entente.lab.mutation.PitCommand} first.
 */
@NullMarked
package dev.entente.lab.mutation;

import org.jspecify.annotations.NullMarked;

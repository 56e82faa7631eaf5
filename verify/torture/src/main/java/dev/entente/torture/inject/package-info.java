/**
 * Injects faults: a schedule drawn from a seed before the run, then executed on the processes of the rig. It must never
 * check results, and never read the state of the load: the faults must not depend on the load.
 *
 * <p>Read {@link dev.entente.torture.inject.FaultSchedule} first.
 */
@NullMarked
package dev.entente.torture.inject;

import org.jspecify.annotations.NullMarked;

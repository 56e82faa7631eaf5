/**
 * The parts of a run and the means to disturb them: coordinators, ledgers and PostgreSQL servers as processes, with a
 * proxy on each line. It may use the module {@code rig}. It must never check results, and never decide when a fault
 * happens.
 *
 * <p>Read {@link dev.entente.torture.machine.TortureRig} first.
 */
@NullMarked
package dev.entente.torture.machine;

import org.jspecify.annotations.NullMarked;

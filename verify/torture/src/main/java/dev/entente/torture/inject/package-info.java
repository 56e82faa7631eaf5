/**
 * Injects faults: a timeline drawn from a seed before the run, then carried out on the processes of the machine room.
 * It must never judge, and never look at how the load fares: what it does must not depend on it.
 *
 * <p>Open {@link dev.entente.torture.inject.FaultSchedule} first.
 */
@NullMarked
package dev.entente.torture.inject;

import org.jspecify.annotations.NullMarked;

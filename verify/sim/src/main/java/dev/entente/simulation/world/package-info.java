/**
 * The environment of simulated processes: virtual time, kills, outages, and the record of calls. It may use the store
 * in memory and the mutants. It must never read a real clock.
 *
 * <p>Read {@link dev.entente.simulation.world.VirtualTime} first.
 */
@NullMarked
package dev.entente.simulation.world;

import org.jspecify.annotations.NullMarked;

/**
 * The surroundings of simulated processes: virtual time, kills, outages, and who has called whom. It may use the store
 * in memory and the mutants. It must never read a real clock.
 *
 * <p>Open {@link dev.entente.simulation.world.VirtualTime} first.
 */
@NullMarked
package dev.entente.simulation.world;

import org.jspecify.annotations.NullMarked;

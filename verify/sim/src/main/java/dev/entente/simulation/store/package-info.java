/**
 * The coordinators' database in memory, with faults that a seed draws. It may use the server's store contract. It must
 * never know the simulation that runs over it.
 *
 * <p>Read {@link dev.entente.simulation.store.Tables} first.
 */
@NullMarked
package dev.entente.simulation.store;

import org.jspecify.annotations.NullMarked;

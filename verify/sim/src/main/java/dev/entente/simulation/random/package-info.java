/**
 * Draws plans of every pattern and shape from a seed. Knows the API's plans alone: neither the engine nor any judge may
 * be used here.
 *
 * <p>Open {@link dev.entente.simulation.random.RandomPlans} first.
 */
@NullMarked
package dev.entente.simulation.random;

import org.jspecify.annotations.NullMarked;

/**
 * Draws plans of every pattern and shape from a seed. It may use only the API's plans, and neither the engine nor any
 * checker.
 *
 * <p>Read {@link dev.entente.simulation.random.RandomPlans} first.
 */
@NullMarked
package dev.entente.simulation.random;

import org.jspecify.annotations.NullMarked;

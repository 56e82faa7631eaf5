/**
 * Reads plans of the API for the reference. It may use the messages of the API and the reference, and no server code.
 *
 * <p>Read {@link dev.entente.simulation.reference.wire.ApiPlan} first.
 */
@NullMarked
package dev.entente.simulation.reference.wire;

import org.jspecify.annotations.NullMarked;

/**
 * Reads plans of the API for the reference. It may use the messages of the API and the reference, and nothing of the
 * server.
 *
 * <p>Open {@link dev.entente.lab.reference.wire.ApiPlan} first.
 */
@NullMarked
package dev.entente.lab.reference.wire;

import org.jspecify.annotations.NullMarked;

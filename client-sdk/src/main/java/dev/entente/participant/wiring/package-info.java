/**
 * Wires a participant's server in one call: open {@link dev.entente.participant.wiring.ParticipantWiring} first. This
 * package may use the other packages of {@code dev.entente.participant} and gRPC. It must not serve a call that the
 * interceptor has not seen.
 */
@NullMarked
package dev.entente.participant.wiring;

import org.jspecify.annotations.NullMarked;

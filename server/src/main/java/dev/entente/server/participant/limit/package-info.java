/**
 * Decides whether a call to a participant may leave now: the places of its participant, its circuit, its connections, the
 * coordinator's lease. It knows neither gRPC nor HTTP. Open {@link dev.entente.server.participant.limit.Gate} first,
 * then {@link dev.entente.server.participant.limit.Dispatch}.
 */
@NullMarked
package dev.entente.server.participant.limit;

import org.jspecify.annotations.NullMarked;

/**
 * One participant and a call to it, whatever it goes over: the places of its limit, its circuit, its connections, and
 * the coordinator's lease, asked last. It knows neither gRPC nor HTTP. Open {@link
 * dev.entente.server.participant.limit.PendingCall} first, then {@link
 * dev.entente.server.participant.limit.CalledParticipant}.
 */
@NullMarked
package dev.entente.server.participant.limit;

import org.jspecify.annotations.NullMarked;

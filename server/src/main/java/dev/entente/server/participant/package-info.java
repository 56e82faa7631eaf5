/**
 * Calls to participants: channels, limits, circuits, descriptors, and the one place that says what an answer means. It may use gRPC,
 * telemetry and the nouns. It must never decide what follows from an outcome. Open {@link
 * dev.entente.server.participant.Participants} first, then {@link dev.entente.server.participant.GrpcParticipants}.
 */
@NullMarked
package dev.entente.server.participant;

import org.jspecify.annotations.NullMarked;

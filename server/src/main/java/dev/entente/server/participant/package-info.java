/**
 * Calls to participants: channels, limits, circuits, descriptors, and the one place that says what an answer means. It
 * may use gRPC, the JDK's HTTP client, telemetry and the nouns. It must never decide what follows from an outcome. Open
 * {@link dev.entente.server.participant.Participants} first, then
 * {@link dev.entente.server.participant.CalledParticipants}.
 */
@NullMarked
package dev.entente.server.participant;

import org.jspecify.annotations.NullMarked;

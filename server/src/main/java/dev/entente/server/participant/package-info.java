/**
 * Calls to participants: channels, limits, and the one place that says what an answer means. It may use gRPC, telemetry and the nouns. It
 * must never decide what follows from an outcome. Open {@link dev.entente.server.participant.Participants} first.
 */
@NullMarked
package dev.entente.server.participant;

import org.jspecify.annotations.NullMarked;

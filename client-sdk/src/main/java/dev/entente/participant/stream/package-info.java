/**
 * Serves branch calls that a coordinator sends in batches over one stream: open {@link
 * dev.entente.participant.stream.ParticipantStream} first. This package may use gRPC, the messages of {@code
 * entente.v1.ParticipantService} and {@code dev.entente.wire}. It must not interpret a call: services and interceptors
 * do that.
 */
@NullMarked
package dev.entente.participant.stream;

import org.jspecify.annotations.NullMarked;

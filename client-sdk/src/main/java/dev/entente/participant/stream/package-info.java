/**
 * Serves branch calls that a coordinator sends in batches over one stream: open {@link
 * dev.entente.participant.stream.ParticipantStream} first. It may use gRPC, the messages of {@code
 * entente.v1.ParticipantService} and {@code dev.entente.wire}. It must never decide what a call means: that is the
 * business of the services and interceptors to which it hands each one.
 */
@NullMarked
package dev.entente.participant.stream;

import org.jspecify.annotations.NullMarked;

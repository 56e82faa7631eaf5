/**
 * The classes that a service uses to take part in transactions. Read {@link dev.entente.participant.Barrier} first,
 * then {@code dev.entente.participant.wiring.ParticipantWiring}, which serves them; for two-phase commit {@link
 * dev.entente.participant.XaParticipant}. This package may use gRPC, protobuf, JDBC and {@code dev.entente.wire}. It
 * must not depend on a coordinator or on the client's types.
 */
@NullMarked
package dev.entente.participant;

import org.jspecify.annotations.NullMarked;

/**
 * What a participant tells of its services, within bounds, for a participant chooses itself what that is. Open {@link
 * dev.entente.server.participant.reflection.ReflectionTurns} first. It may use gRPC and protobuf. It must never know a
 * plan, nor who asks.
 */
@NullMarked
package dev.entente.server.participant.reflection;

import org.jspecify.annotations.NullMarked;

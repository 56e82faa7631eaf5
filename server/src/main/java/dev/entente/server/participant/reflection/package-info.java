/**
 * Descriptors that a participant tells of its services. A participant chooses itself how much it tells, so each look is
 * bounded. Open {@link dev.entente.server.participant.reflection.Reflection} first. It may use gRPC and protobuf.
 * It must never know a plan, nor who asks.
 */
@NullMarked
package dev.entente.server.participant.reflection;

import org.jspecify.annotations.NullMarked;

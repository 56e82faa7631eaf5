/**
 * Descriptors that a participant sends by reflection. The participant chooses how much it sends, so each session is
 * bounded. Read {@link dev.entente.server.participant.reflection.Reflection} first. This package may use gRPC and
 * protobuf. It must not depend on plans or on the caller.
 */
@NullMarked
package dev.entente.server.participant.reflection;

import org.jspecify.annotations.NullMarked;

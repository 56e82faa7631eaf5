/**
 * One participant and a call to it, over any protocol: the limit, the circuit, the connections, and the coordinator's
 * lease, which is checked last. This package does not depend on gRPC or HTTP. Read {@link
 * dev.entente.server.participant.limit.PendingCall} first, then {@link
 * dev.entente.server.participant.limit.CalledParticipant}.
 */
@NullMarked
package dev.entente.server.participant.limit;

import org.jspecify.annotations.NullMarked;

/**
 * Calls over gRPC, unary or in a stream, the meaning of their responses, and the types of participants' methods. Open
 * {@link dev.entente.server.participant.grpc.GrpcParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.grpc;

import org.jspecify.annotations.NullMarked;

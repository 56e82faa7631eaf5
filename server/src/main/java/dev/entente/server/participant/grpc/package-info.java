/**
 * Calls over gRPC, one by one or many in a stream, and what their answers mean; the types of participants' methods. Open
 * {@link dev.entente.server.participant.grpc.GrpcParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.grpc;

import org.jspecify.annotations.NullMarked;

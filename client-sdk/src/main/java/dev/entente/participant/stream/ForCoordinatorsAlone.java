package dev.entente.participant.stream;

import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;

/**
 * Refuses calls of a method that come for a branch. A plan that names such a method would have the coordinator call it
 * with its own credentials, for whoever has submitted the plan.
 */
final class ForCoordinatorsAlone {
    private ForCoordinatorsAlone() {}

    static <Q, R> ServerCallHandler<Q, R> of(ServerCallHandler<Q, R> handler) {
        return (call, headers) ->
                headers.containsKey(BranchMetadata.GID) ? refuse(call) : handler.startCall(call, headers);
    }

    private static <Q, R> ServerCall.Listener<Q> refuse(ServerCall<Q, R> call) {
        Status refused = Status.PERMISSION_DENIED.withDescription(
                "this method is for coordinators and operators themselves, not for a branch of a transaction");
        call.close(refused, new Metadata());
        return new ServerCall.Listener<Q>() {};
    }
}

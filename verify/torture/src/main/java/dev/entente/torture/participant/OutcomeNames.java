package dev.entente.torture.participant;

import dev.entente.participant.BranchException;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import io.grpc.Status;

/** Names for the outcomes of calls, as in docs/participants.md. */
final class OutcomeNames {
    static final String OK = "OK";

    private OutcomeNames() {}

    static String of(BranchException no) {
        Metadata trailers = no.asStatus().getTrailers();
        boolean isSettled = trailers != null && trailers.containsKey(BranchMetadata.SETTLED);
        return switch (no.reason()) {
            case "REJECTED" -> isSettled ? "REJECTED_SETTLED" : "REJECTED";
            case "IN_PROGRESS" -> "IN_PROGRESS";
            case "STALE_FENCE" -> "NOT_SENT";
            default -> of(no.asStatus().getStatus());
        };
    }

    /** Returns the name of a status without details. */
    static String of(Status status) {
        return switch (status.getCode()) {
            case FAILED_PRECONDITION, INVALID_ARGUMENT, OUT_OF_RANGE, ALREADY_EXISTS -> "FAILED";
            case NOT_FOUND -> "NOT_FOUND";
            case UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED -> "MISCONFIGURED";
            default -> "SILENCE";
        };
    }
}

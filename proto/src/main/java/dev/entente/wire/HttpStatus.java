package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Status;

/** Converts an HTTP status to gRPC, for an answer without a reason; {@code docs/participants.md} has the table. */
@Internal
public final class HttpStatus {
    private HttpStatus() {}

    /** Returns the code of an unsuccessful status. Redirects are not followed: a redirect is an error, like a 404. */
    public static Status.Code code(int status) {
        return switch (status) {
            case 401 -> Status.Code.UNAUTHENTICATED;
            case 403 -> Status.Code.PERMISSION_DENIED;
            case 404, 405 -> Status.Code.UNIMPLEMENTED;
            case 408, 425, 429 -> Status.Code.UNAVAILABLE;
            default ->
                switch (status / 100) {
                    case 3 -> Status.Code.UNIMPLEMENTED;
                    case 4 -> Status.Code.FAILED_PRECONDITION;
                    default -> Status.Code.UNAVAILABLE;
                };
        };
    }
}

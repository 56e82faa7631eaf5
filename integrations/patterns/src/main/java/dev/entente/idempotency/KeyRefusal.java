package dev.entente.idempotency;

import io.grpc.Status;

/** The reasons for which a request does not run, for gRPC and HTTP. */
enum KeyRefusal {
    NO_KEY(
            400,
            Status.Code.INVALID_ARGUMENT,
            "the header Idempotency-Key is missing; name each request by a key of its own"),
    BAD_KEY(
            400,
            Status.Code.INVALID_ARGUMENT,
            "the header Idempotency-Key stands once, with one key: 1 to 255 printable characters of ASCII, bare or"
                    + " quoted"),
    TOO_LARGE(
            413,
            Status.Code.RESOURCE_EXHAUSTED,
            "the request exceeds a limit: 1 MiB with an Idempotency-Key, or the server's for the size, number or"
                    + " headers of parts"),
    RUNNING(409, Status.Code.ABORTED, "a request under this Idempotency-Key is still running; ask again later"),
    OTHER_CONTENT(
            422, Status.Code.FAILED_PRECONDITION, "this Idempotency-Key stands for another request; use a new one"),
    NOT_KEPT(
            409,
            Status.Code.ALREADY_EXISTS,
            "the request under this Idempotency-Key was done, and its answer was too large to be kept"),
    ILL_FORMED(400, Status.Code.INVALID_ARGUMENT, "the form cannot be read"),
    NO_STORE(
            503,
            Status.Code.UNAVAILABLE,
            "the store of idempotency keys does not answer, or has this key no longer; send the request again");

    private final int http;
    private final Status.Code grpc;
    private final String text;

    KeyRefusal(int http, Status.Code grpc, String text) {
        this.http = http;
        this.grpc = grpc;
        this.text = text;
    }

    /** Returns the reason for a claim that is neither taken nor answered. */
    static KeyRefusal of(KeyClaim claim) {
        if (claim instanceof KeyClaim.NotKept) {
            return NOT_KEPT;
        }
        return claim instanceof KeyClaim.OtherContent ? OTHER_CONTENT : RUNNING;
    }

    int http() {
        return http;
    }

    Status grpc() {
        return grpc.toStatus().withDescription(text);
    }

    String text() {
        return text;
    }
}

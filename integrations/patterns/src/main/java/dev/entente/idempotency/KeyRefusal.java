package dev.entente.idempotency;

import io.grpc.Status;

/** The reasons for which a request does not run, for gRPC and HTTP. */
enum KeyRefusal {
    NO_KEY(
            400,
            Status.Code.INVALID_ARGUMENT,
            "the header Idempotency-Key is missing; send each request with its own key"),
    BAD_KEY(
            400,
            Status.Code.INVALID_ARGUMENT,
            "the header Idempotency-Key must be present once, with one key: 1 to 255 printable characters of ASCII,"
                    + " bare or quoted"),
    TOO_LARGE(
            413,
            Status.Code.RESOURCE_EXHAUSTED,
            "the request exceeds a limit: 1 MiB with an Idempotency-Key, or the server's limit for the size, number or"
                    + " headers of parts"),
    RUNNING(
            409,
            Status.Code.ABORTED,
            "a request under this Idempotency-Key is still running; send the request again later"),
    OTHER_CONTENT(
            422, Status.Code.FAILED_PRECONDITION, "this Idempotency-Key belongs to another request; use a new key"),
    NOT_KEPT(
            409,
            Status.Code.ALREADY_EXISTS,
            "the request under this Idempotency-Key was done, and its response was too large to be stored"),
    ILL_FORMED(400, Status.Code.INVALID_ARGUMENT, "the form cannot be read"),
    NO_STORE(
            503,
            Status.Code.UNAVAILABLE,
            "the store of idempotency keys does not respond, or no longer has this key; send the request again");

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

package dev.entente.demo;

import io.grpc.Status;

/** What a request must hold; said at the start of its work. */
final class Check {
    private Check() {}

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT with {@code otherwise} */
    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw Status.INVALID_ARGUMENT.withDescription(otherwise).asRuntimeException();
        }
    }
}

package dev.entente.demo;

import io.grpc.Status;

/** Checks that a request has what it must, at the start of its work. */
final class Check {
    private Check() {}

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT with {@code otherwise} */
    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw Status.INVALID_ARGUMENT.withDescription(otherwise).asRuntimeException();
        }
    }
}

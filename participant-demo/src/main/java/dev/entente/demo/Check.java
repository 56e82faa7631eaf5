package dev.entente.demo;

import io.grpc.Status;

/** The checks of a request, at the start of its work. */
final class Check {
    private Check() {}

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT with {@code otherwise}, unless {@code holds} */
    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw Status.INVALID_ARGUMENT.withDescription(otherwise).asRuntimeException();
        }
    }
}

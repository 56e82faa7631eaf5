package dev.entente.wire;

import io.grpc.StatusRuntimeException;

/** An exception that provides its gRPC answer, also without a translating interceptor. */
public interface WireAnswer {
    /** Returns the status, details and trailers of the answer. */
    StatusRuntimeException asStatus();
}

package dev.entente.wire;

import io.grpc.StatusRuntimeException;

/** An exception that knows how it is answered over gRPC, also where no interceptor translates it. */
public interface WireAnswer {
    /** Returns the status, details and trailers to answer with. */
    StatusRuntimeException asStatus();
}

package dev.entente.server.api.wire;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.time.Duration;

/**
 * Refuses calls while the coordinator is bound but does not serve yet: its address must be known before it may hold a
 * transaction.
 */
public final class StartupGate implements ServerInterceptor {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private volatile boolean isOpen;

    void open() {
        isOpen = true;
    }

    boolean isOpen() {
        return isOpen;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (isOpen || call.getMethodDescriptor().getFullMethodName().startsWith("grpc.")) {
            return next.startCall(call, headers);
        }
        return refuse(
                call, Refusal.temporary(ErrorCode.DRAINING, "this coordinator is starting; send it again", PAUSE));
    }

    /** Closes a call before any service sees it. */
    public static <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Refusal refusal) {
        StatusRuntimeException refused = Errors.of(refusal);
        Metadata trailers = refused.getTrailers();
        call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
    }
}

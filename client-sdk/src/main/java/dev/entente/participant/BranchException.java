package dev.entente.participant;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.ErrorDetails;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer to the coordinator other than a response. Throw it out of the handler, or give it to {@code onError}:
 * {@link BranchInterceptor} turns it into the gRPC status and details that the coordinator reads. Without the
 * interceptor, answer with {@link #asStatus()}.
 */
public abstract sealed class BranchException extends RuntimeException
        permits Rejection, InProgress, StaleFence, BarrierExpired, ForwardCallMissing, BarrierUnusable {
    private static final long serialVersionUID = 1;
    /** A status's message travels in a header, and headers are bounded (8 KiB by default). */
    private static final int MAX_MESSAGE_CHARS = 1024;

    BranchException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** What the coordinator calls this answer, such as {@code REJECTED}; empty if the bare status says it. */
    public abstract String reason();

    abstract Status.Code grpcCode();

    Map<String, String> metadata() {
        return Map.of();
    }

    @Nullable
    Duration retryAfter() {
        return null;
    }

    boolean isSettled() {
        return false;
    }

    /** The answer as gRPC has it: status, {@code google.rpc} details and trailers. */
    public final StatusRuntimeException asStatus() {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(grpcCode().value()).setMessage(shortMessage());
        if (!reason().isEmpty()) {
            status.addDetails(Any.pack(ErrorInfo.newBuilder()
                    .setDomain(ErrorDetails.DOMAIN)
                    .setReason(reason())
                    .putAllMetadata(metadata())
                    .build()));
        }
        Duration delay = retryAfter();
        if (delay != null) {
            status.addDetails(
                    Any.pack(RetryInfo.newBuilder().setRetryDelay(proto(delay)).build()));
        }
        Metadata trailers = new Metadata();
        if (isSettled()) {
            trailers.put(BranchMetadata.SETTLED, "true");
        }
        return StatusProto.toStatusRuntimeException(status.build(), trailers);
    }

    private String shortMessage() {
        String message = String.valueOf(getMessage());
        return message.length() <= MAX_MESSAGE_CHARS ? message : message.substring(0, MAX_MESSAGE_CHARS) + "…";
    }

    private static com.google.protobuf.Duration proto(Duration delay) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(delay.getSeconds())
                .setNanos(delay.getNano())
                .build();
    }
}

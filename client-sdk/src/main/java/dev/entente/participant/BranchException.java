package dev.entente.participant;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.Times;
import dev.entente.wire.WireAnswer;
import io.grpc.Metadata;
import io.grpc.Status.Code;
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
public abstract sealed class BranchException extends RuntimeException implements WireAnswer
        permits Rejection, InProgress, StaleFence, BarrierExpired, ForwardCallMissing, BarrierUnusable {
    private static final long serialVersionUID = 1;
    /**
     * The longest message, in bytes of UTF-8. It travels twice in trailers, which are bounded (8 KiB by default): by
     * itself, where a byte may take three, and in the details, where three take four.
     */
    private static final int MAX_MESSAGE_BYTES = 1024;

    private static final int MAX_METADATA_BYTES = 256;

    private final String reason;
    private final Code grpcCode;

    BranchException(String reason, Code grpcCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.grpcCode = grpcCode;
    }

    /** Returns the coordinator's name for this answer, such as {@code REJECTED}. Empty if the bare status says it. */
    public final String reason() {
        return reason;
    }

    final Code grpcCode() {
        return grpcCode;
    }

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
    @Override
    public final StatusRuntimeException asStatus() {
        Status.Builder status = Status.newBuilder()
                .setCode(grpcCode().value())
                .setMessage(shortened(String.valueOf(getMessage()), MAX_MESSAGE_BYTES));
        if (!reason().isEmpty()) {
            ErrorInfo.Builder error =
                    ErrorInfo.newBuilder().setDomain(ErrorDetails.DOMAIN).setReason(reason());
            metadata().forEach((key, value) -> error.putMetadata(key, shortened(value, MAX_METADATA_BYTES)));
            status.addDetails(Any.pack(error.build()));
        }
        Duration delay = retryAfter();
        if (delay != null) {
            RetryInfo retry =
                    RetryInfo.newBuilder().setRetryDelay(Times.proto(delay)).build();
            status.addDetails(Any.pack(retry));
        }
        Metadata trailers = new Metadata();
        if (isSettled()) {
            trailers.put(BranchMetadata.SETTLED, "true");
        }
        StatusRuntimeException answer = StatusProto.toStatusRuntimeException(status.build(), trailers);
        // the interceptor finds it there: handlers give this to onError, too
        return answer.getStatus().withCause(this).asRuntimeException(answer.getTrailers());
    }

    /** As many whole characters as fit, and an ellipsis where that is not all. */
    private static String shortened(String text, int maxBytes) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            int point = text.codePointAt(i);
            bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
            if (bytes > maxBytes) {
                return text.substring(0, i) + "…";
            }
        }
        return text;
    }
}

package dev.entente.participant;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.WireAnswer;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

    /** The reason for programs, beside {@link #reason}; empty for none. */
    String reasonCode() {
        return "";
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
        ErrorDetails details = new ErrorDetails(
                grpcCode,
                shortened(String.valueOf(getMessage()), MAX_MESSAGE_BYTES),
                reason,
                shortened(reasonCode(), MAX_METADATA_BYTES),
                Optional.ofNullable(retryAfter()),
                List.of());
        Metadata trailers = new Metadata();
        if (isSettled()) {
            trailers.put(BranchMetadata.SETTLED, "true");
        }
        StatusRuntimeException answer = StatusProto.toStatusRuntimeException(details.toStatus(), trailers);
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

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
 * An answer to the coordinator other than a response. Throw it from the handler, or pass it to {@code onError}: {@link
 * BranchInterceptor} converts it to the gRPC status and details that the coordinator reads. Without the interceptor,
 * answer with {@link #asStatus()}.
 */
public abstract sealed class BranchException extends RuntimeException implements WireAnswer
        permits Rejection, InProgress, StaleFence, BarrierExpired, ForwardCallMissing, BarrierUnusable {
    private static final long serialVersionUID = 1;
    /**
     * The longest message, in bytes of UTF-8. Trailers are limited (8 KiB by default) and contain the message twice. As
     * the status message one byte may take three bytes; in the details three bytes take four.
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

    /** Returns the coordinator's name for this answer, such as {@code REJECTED}. Empty if the status is sufficient. */
    public final String reason() {
        return reason;
    }

    final Code grpcCode() {
        return grpcCode;
    }

    /** Returns the reason for programs, in addition to {@link #reason}; empty for none. */
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

    /** Returns the answer for gRPC: status, {@code google.rpc} details and trailers. */
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
        // the interceptor reads the cause, because handlers also pass this exception to onError
        return answer.getStatus().withCause(this).asRuntimeException(answer.getTrailers());
    }

    /** Returns as many complete characters as fit, followed by an ellipsis if the text was cut. */
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

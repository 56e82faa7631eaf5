package dev.entente.participant;

import com.google.protobuf.ByteString;
import dev.entente.wire.StoredAnswer;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An unsuccessful answer over HTTP in the coordinator's format ({@code docs/participants.md}). A {@link Rejection} is a
 * 409 with its reason in the body. Immutable.
 *
 * @param headers the headers to set, including {@code content-type}
 * @param bytes the body: JSON, or the body of a handler that refused by its status
 */
public record HttpVerdict(int status, Map<String, String> headers, ByteString bytes) {
    private static final int BAD_REQUEST = 400;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;
    private static final int UNAVAILABLE = 503;

    /** Copies the headers. */
    public HttpVerdict {
        headers = Map.copyOf(headers);
    }

    /**
     * Translates an exception of a handler, after the surrounding transaction has ended. A rejection that was rolled
     * back is stored first, see {@link Barrier#settle}. Logs the verdict. Blocks.
     */
    public static HttpVerdict of(BranchException thrown) {
        BranchException exception = thrown instanceof Rejection rejection ? Barrier.settle(rejection) : thrown;
        CallLog.verdict(Branch.current().orElse(null), exception);
        StoredAnswer own = exception instanceof Rejection no ? no.answer() : null;
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (own == null) {
            headers.put("content-type", "application/json");
        } else {
            headers.putAll(own.headers());
            headers.put("entente-reason", exception.reason());
        }
        if (exception.isSettled()) {
            headers.put("entente-settled", "true");
        }
        Duration delay = exception.retryAfter();
        if (delay != null) {
            // full seconds, and at least 1, because 0 would have no effect
            headers.put("retry-after", Long.toString(Math.max(1, delay.toSeconds())));
        }
        return own == null || own.httpStatus() == null
                ? new HttpVerdict(status(exception), headers, ByteString.copyFromUtf8(json(exception)))
                : new HttpVerdict(own.httpStatus(), headers, own.bytes());
    }

    /** Returns the body as UTF-8 text. */
    public String body() {
        return bytes.toStringUtf8();
    }

    /** Returns the verdict of the {@link BranchException} among the causes of a failure; null if there is none. */
    static @Nullable HttpVerdict in(Throwable failure) {
        BranchException found = MappedStatusCall.branchException(failure);
        return found == null ? null : of(found);
    }

    static HttpVerdict malformed(String why) {
        return new HttpVerdict(
                BAD_REQUEST,
                Map.of("content-type", "application/json"),
                ByteString.copyFromUtf8("{\"message\": " + quoted(why) + "}"));
    }

    /** Returns the status that corresponds to the reason. Coordinators check the reason first. */
    private static int status(BranchException exception) {
        if (exception.grpcCode() == Status.Code.UNIMPLEMENTED) {
            return METHOD_NOT_ALLOWED;
        }
        if (exception.grpcCode() == Status.Code.UNAVAILABLE) {
            return UNAVAILABLE;
        }
        return exception.reason().isEmpty() ? UNPROCESSABLE : CONFLICT;
    }

    private static String json(BranchException exception) {
        String text =
                exception instanceof Rejection rejection ? rejection.detail() : String.valueOf(exception.getMessage());
        String message = quoted(text);
        if (exception.reason().isEmpty()) {
            return "{\"message\": " + message + "}";
        }
        String code = exception instanceof Rejection rejection ? ", \"code\": " + quoted(rejection.code()) : "";
        return "{\"entente\": {\"reason\": " + quoted(exception.reason()) + code + ", \"message\": " + message + "}}";
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            if (next == '"' || next == '\\') {
                json.append('\\').append(next);
            } else if (next < ' ' || Character.isSurrogate(next)) {
                json.append("\\u%04x".formatted((int) next));
            } else {
                json.append(next);
            }
        }
        return json.append('"').toString();
    }
}

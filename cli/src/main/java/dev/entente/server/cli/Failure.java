package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.api.wire.Errors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lack of a usable response to a command. The message has the reason, after an error code if there is one. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The error code, such as {@code ENT-031}; empty if there was no response, or a response without a code. */
    private final String code;

    private final transient BadRequest mistakes;
    private final transient RetryInfo retry;

    private Failure(String code, String message, BadRequest mistakes, RetryInfo retry) {
        super(message);
        this.code = code;
        this.mistakes = mistakes;
        this.retry = retry;
    }

    static Failure of(StatusRuntimeException thrown, String address) {
        String code = detail(thrown, ErrorInfo.getDefaultInstance()).getReason();
        return code.isEmpty()
                ? unanswered(Unreachable.message(thrown.getStatus(), address))
                : new Failure(
                        code,
                        String.valueOf(thrown.getStatus().getDescription()),
                        detail(thrown, BadRequest.getDefaultInstance()),
                        detail(thrown, RetryInfo.getDefaultInstance()));
    }

    /** Returns the failure if no coordinator, participant or database responds, or another program responds. */
    static Failure unanswered(String message) {
        return refused("", message);
    }

    /** Returns a refusal with one reason. */
    static Failure refused(String code, String message) {
        return new Failure(code, message, BadRequest.getDefaultInstance(), RetryInfo.getDefaultInstance());
    }

    /** Returns the refusal of a field that cannot be parsed. */
    static Failure malformed(String field, String why) {
        return of(Refusal.malformed(ErrorCode.MALFORMED, field, why));
    }

    /** Returns the refusal of an input that cannot be parsed. */
    static Failure of(Refusal refusal) {
        return of(Errors.of(refusal), "");
    }

    /** Returns the pause before the same request may succeed; null if a repetition is not expected to succeed. */
    static @Nullable Duration pause(StatusRuntimeException refused) {
        RetryInfo retry = detail(refused, RetryInfo.getDefaultInstance());
        return refused.getStatus().getCode() == Status.Code.UNAVAILABLE && retry.hasRetryDelay()
                ? Duration.ofMillis(Durations.toMillis(retry.getRetryDelay()))
                : null;
    }

    /** Returns whether no coordinator responded: the connection failed or broke. */
    static boolean isUnanswered(StatusRuntimeException thrown) {
        return thrown.getStatus().getCode() == Status.Code.UNAVAILABLE
                && detail(thrown, ErrorInfo.getDefaultInstance()).getReason().isEmpty();
    }

    /** Returns whether the stream broke: the coordinator stops, or a proxy or the network ended the connection. */
    static boolean isBroken(StatusRuntimeException thrown) {
        return switch (thrown.getStatus().getCode()) {
            case UNAVAILABLE -> true;
            case INTERNAL, UNKNOWN, CANCELLED ->
                detail(thrown, ErrorInfo.getDefaultInstance()).getReason().isEmpty();
            default -> false;
        };
    }

    /** Returns the status detail of a message's type; the message itself if there is no such detail. */
    private static <M extends Message> M detail(StatusRuntimeException thrown, M otherwise) {
        com.google.rpc.Status status = StatusProto.fromThrowable(thrown);
        try {
            for (Any each : status == null ? List.<Any>of() : status.getDetailsList()) {
                if (each.isSameTypeAs(otherwise)) {
                    return each.unpackSameTypeAs(otherwise);
                }
            }
            return otherwise;
        } catch (InvalidProtocolBufferException damaged) {
            return otherwise;
        }
    }

    private static String bare(FieldViolation violation) {
        String code = violation.getReason() + ": ";
        String text = violation.getDescription();
        return text.startsWith(code) ? text.substring(code.length()) : text;
    }

    /** Reports the failure, on stdout as JSON or on stderr as text. Returns the exit code. */
    int report(PrintWriter out, PrintWriter err, boolean asJson) {
        List<FieldViolation> violations = mistakes.getFieldViolationsList();
        if (asJson) {
            out.println(json());
        } else if (violations.size() > 1) {
            err.println(code + ":");
            violations.forEach(each ->
                    err.println("  " + VisibleText.of(each.getReason() + " " + each.getField() + ": " + bare(each))));
        } else {
            err.println(Lines.visible(String.valueOf(getMessage())));
        }
        return code.isEmpty() ? ExitCode.UNREACHABLE : ExitCode.REFUSED;
    }

    private JsonObject json() {
        JsonArray violations = new JsonArray();
        for (FieldViolation violation : mistakes.getFieldViolationsList()) {
            JsonObject one = new JsonObject();
            one.addProperty("code", violation.getReason());
            one.addProperty("field", violation.getField());
            one.addProperty("message", bare(violation));
            violations.add(one);
        }
        JsonObject error = new JsonObject();
        error.addProperty("code", code.isEmpty() ? null : code);
        error.addProperty("message", getMessage());
        error.add("violations", violations);
        if (retry.hasRetryDelay()) {
            error.addProperty("retry_after", Durations.toString(retry.getRetryDelay()));
        }
        JsonObject json = new JsonObject();
        json.add("error", error);
        return json;
    }
}

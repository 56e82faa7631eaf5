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

/** Thrown where a command got no answer it could use; says why, with the code in front where there is one. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Such as {@code ENT-031}; empty where nobody was reached, or answered without one. */
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

    /** Returns that of a coordinator, a participant or a database that did not answer, or not as one. */
    static Failure unanswered(String message) {
        return refused("", message);
    }

    /** Returns a refusal for one reason. */
    static Failure refused(String code, String message) {
        return new Failure(code, message, BadRequest.getDefaultInstance(), RetryInfo.getDefaultInstance());
    }

    /** Returns the refusal of a field that cannot be read. */
    static Failure malformed(String field, String why) {
        return of(Refusal.malformed(ErrorCode.MALFORMED, field, why));
    }

    /** Returns the refusal of what cannot be read. */
    static Failure of(Refusal refusal) {
        return of(Errors.of(refusal), "");
    }

    /** Returns how long to wait before the same request may be answered, or null where that is not to be expected. */
    static @Nullable Duration pause(StatusRuntimeException refused) {
        RetryInfo retry = detail(refused, RetryInfo.getDefaultInstance());
        return refused.getStatus().getCode() == Status.Code.UNAVAILABLE && retry.hasRetryDelay()
                ? Duration.ofMillis(Durations.toMillis(retry.getRetryDelay()))
                : null;
    }

    /** Tells whether nobody answered, or the connection broke: no coordinator has said anything. */
    static boolean isUnanswered(StatusRuntimeException thrown) {
        return thrown.getStatus().getCode() == Status.Code.UNAVAILABLE
                && detail(thrown, ErrorInfo.getDefaultInstance()).getReason().isEmpty();
    }

    /** Tells whether the stream broke: the coordinator stops, or a proxy or the network ended the connection. */
    static boolean isBroken(StatusRuntimeException thrown) {
        return switch (thrown.getStatus().getCode()) {
            case UNAVAILABLE -> true;
            case INTERNAL, UNKNOWN, CANCELLED ->
                detail(thrown, ErrorInfo.getDefaultInstance()).getReason().isEmpty();
            default -> false;
        };
    }

    /** Returns what the status says in a message of that type, or the message itself where it says nothing. */
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

    /** Tells it, on stdout where JSON is asked for, else on stderr. Returns the exit code. */
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

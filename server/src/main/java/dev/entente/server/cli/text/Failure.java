package dev.entente.server.cli.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Why a command got no answer it could use.
 *
 * @param code {@code ENT-031}; empty where the coordinator was not reached, or answered without one
 * @param message with its code in front
 * @param retryAfter such as {@code 1s}, or empty
 */
public record Failure(String code, String message, List<Violation> violations, String retryAfter, int exitCode) {

    /** One thing that is wrong with what was sent. */
    public record Violation(String code, String field, String message) {}

    public static Failure of(StatusRuntimeException thrown, String address) {
        var status = StatusProto.fromThrowable(thrown);
        String code = "";
        String retryAfter = "";
        List<Violation> violations = new ArrayList<>();
        try {
            for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    code = detail.unpack(ErrorInfo.class).getReason();
                } else if (detail.is(RetryInfo.class)) {
                    retryAfter =
                            Durations.toString(detail.unpack(RetryInfo.class).getRetryDelay());
                } else if (detail.is(BadRequest.class)) {
                    violations.addAll(violations(detail.unpack(BadRequest.class)));
                }
            }
        } catch (InvalidProtocolBufferException damaged) {
            return unreachable(thrown.getStatus(), address);
        }
        return status == null || code.isEmpty()
                ? unreachable(thrown.getStatus(), address)
                : new Failure(code, status.getMessage(), violations, retryAfter, ExitCode.REFUSED);
    }

    /** How long to wait before the same request may be answered, or null where that is not to be expected. */
    public static @Nullable Duration pause(StatusRuntimeException refused) {
        var status = StatusProto.fromThrowable(refused);
        if (status == null || refused.getStatus().getCode() != Status.Code.UNAVAILABLE) {
            return null;
        }
        try {
            for (Any detail : status.getDetailsList()) {
                if (detail.is(RetryInfo.class)) {
                    return Duration.ofMillis(
                            Durations.toMillis(detail.unpack(RetryInfo.class).getRetryDelay()));
                }
            }
        } catch (InvalidProtocolBufferException damaged) {
            return null;
        }
        return null;
    }

    private static List<Violation> violations(BadRequest request) {
        return request.getFieldViolationsList().stream()
                .map(violation -> new Violation(
                        violation.getReason(),
                        violation.getField(),
                        bare(violation.getReason(), violation.getDescription())))
                .toList();
    }

    private static String bare(String code, String description) {
        return description.startsWith(code + ": ") ? description.substring(code.length() + 2) : description;
    }

    private static Failure unreachable(Status status, String address) {
        return unanswered(Unreachable.message(status, address));
    }

    /** Returns that of a participant or a database that did not answer, or not as one. */
    public static Failure unanswered(String message) {
        return new Failure("", message, List.of(), "", ExitCode.UNREACHABLE);
    }

    /** Returns a refusal for one reason. */
    public static Failure refused(String code, String message) {
        return new Failure(code, message, List.of(), "", ExitCode.REFUSED);
    }

    /** Tells it, on stdout where JSON is asked for, else on stderr. Returns the exit code. */
    public int report(CommandLine command, boolean asJson) {
        if (asJson) {
            JsonObject object = new JsonObject();
            object.add("error", json());
            command.getOut().println(object);
            command.getOut().flush();
            return exitCode;
        }
        command.getErr().println(violations.size() > 1 ? code + ":" : message);
        if (violations.size() > 1) {
            violations.forEach(violation -> command.getErr()
                    .println("  " + violation.code() + " " + violation.field() + ": " + violation.message()));
        }
        command.getErr().flush();
        return exitCode;
    }

    private JsonObject json() {
        JsonObject error = new JsonObject();
        error.addProperty("code", code.isEmpty() ? null : code);
        error.addProperty("message", message);
        JsonArray all = new JsonArray();
        for (Violation violation : violations) {
            JsonObject one = new JsonObject();
            one.addProperty("code", violation.code());
            one.addProperty("field", violation.field());
            one.addProperty("message", violation.message());
            all.add(one);
        }
        error.add("violations", all);
        if (!retryAfter.isEmpty()) {
            error.addProperty("retry_after", retryAfter);
        }
        return error;
    }
}

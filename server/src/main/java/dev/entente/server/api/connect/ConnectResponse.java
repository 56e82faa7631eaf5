package dev.entente.server.api.connect;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.codec.MessageJson;
import dev.entente.server.http.WebResponse;
import dev.entente.v1.Body;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The responses in Connect's JSON: a message; or an error with a code, a text and gRPC's details. The error's code
 * determines the HTTP status. Pure.
 */
final class ConnectResponse {
    private static final JsonFormat.Printer MESSAGES = JsonFormat.printer()
            .omittingInsignificantWhitespace()
            .usingTypeRegistry(JsonFormat.TypeRegistry.newBuilder()
                    .add(ErrorInfo.getDescriptor())
                    .add(RetryInfo.getDescriptor())
                    .add(BadRequest.getDescriptor())
                    .build());

    /** The response for a path that names no method of a service. */
    static final WebResponse UNKNOWN =
            unimplemented(404, "unknown method; the path must be /entente.v1.SERVICE/METHOD, as in the API's files");

    private static final WebResponse LATE = of(
            504,
            Refusal.of(
                    ErrorCode.NOT_IN_TIME,
                    "there was no response within Connect-Timeout-Ms, and the request may have been processed; query"
                            + " the outcome, or send the same request again"));

    private ConnectResponse() {}

    /** Returns a refusal of an unsupported request, with a status that may be more specific than 501. */
    static WebResponse unimplemented(int status, String text) {
        return of(status, Refusal.of(ErrorCode.NOT_SERVED_OVER_HTTP, text));
    }

    /** Returns the refusal of a part of a request, with this HTTP status. */
    static WebResponse malformed(int status, String part, String why) {
        return of(status, Refusal.malformed(ErrorCode.MALFORMED, part, why));
    }

    /** Returns a refusal with a status that may be more specific than its category's status. */
    static WebResponse of(int status, Refusal refusal) {
        return error(status, Errors.status(refusal));
    }

    static WebResponse of(Message message) {
        try {
            return WebResponse.of(200, "application/json", Map.of(), printed(message));
        } catch (InvalidProtocolBufferException | RuntimeException unprintable) {
            return reported(Errors.status(unprintable)); // a defect; the log has its incident
        }
    }

    private static String printed(Message message) throws InvalidProtocolBufferException {
        String printed = MESSAGES.print(message);
        return switch (message) {
            case Transaction shown -> withNumbers(shown, printed, List.of());
            case SubmitTransactionResponse answer
            when answer.hasTransaction() -> withNumbers(answer.getTransaction(), printed, List.of("transaction"));
            default -> printed;
        };
    }

    /** Replaces protobuf's doubles in the text by the original numbers of the bodies. */
    private static String withNumbers(Transaction shown, String printed, List<String> path) {
        boolean hasResult = shown.getResult().hasJson();
        boolean hasResponse = shown.getBranchesList().stream()
                .anyMatch(branch -> branch.getResponse().hasJson());
        if (!hasResult && !hasResponse) {
            return printed;
        }
        JsonObject root = JsonParser.parseString(printed).getAsJsonObject();
        JsonObject at = root;
        for (String name : path) {
            at = at.getAsJsonObject(name);
        }
        if (hasResult) {
            at.getAsJsonObject("result").add("json", MessageJson.of(shown.getResult()));
        }
        for (int i = 0; i < shown.getBranchesCount(); i++) {
            Body response = shown.getBranches(i).getResponse();
            if (response.hasJson()) {
                JsonObject branch = at.getAsJsonArray("branches").get(i).getAsJsonObject();
                branch.getAsJsonObject("response").add("json", MessageJson.of(response));
            }
        }
        return root.toString();
    }

    /** Returns the response for a call that ended with this status and without a message. */
    static WebResponse of(Status status, Metadata trailers) {
        var reported = StatusProto.fromStatusAndTrailers(status, trailers);
        boolean isBare = reported == null || reported.getDetailsCount() == 0;
        if (reported == null || (isBare && status.getCode() == Status.Code.DEADLINE_EXCEEDED)) {
            return LATE; // the status comes from gRPC's client call, and its text describes gRPC internals
        }
        return reported(reported);
    }

    private static WebResponse reported(com.google.rpc.Status reported) {
        return error(http(Status.fromCodeValue(reported.getCode()).getCode()), reported);
    }

    private static WebResponse error(int status, com.google.rpc.Status reported) {
        Status.Code code = Status.fromCodeValue(reported.getCode()).getCode();
        JsonObject error = new JsonObject();
        error.addProperty(
                "code", code == Status.Code.CANCELLED ? "canceled" : code.name().toLowerCase(Locale.ROOT));
        error.addProperty("message", reported.getMessage());
        if (reported.getDetailsCount() > 0) {
            JsonArray details = new JsonArray();
            reported.getDetailsList().forEach(detail -> details.add(json(detail)));
            error.add("details", details);
        }
        Map<String, String> headers = status == 401
                ? Map.of("WWW-Authenticate", "Bearer")
                : status == 405 ? Map.of("Allow", "POST") : Map.of();
        return WebResponse.of(status, "application/json", headers, error.toString());
    }

    private static JsonObject json(Any detail) {
        JsonObject json = new JsonObject();
        json.addProperty(
                "type", detail.getTypeUrl().substring(detail.getTypeUrl().lastIndexOf('/') + 1));
        byte[] bytes = detail.getValue().toByteArray();
        json.addProperty("value", Base64.getEncoder().withoutPadding().encodeToString(bytes));
        try {
            JsonObject debug = JsonParser.parseString(MESSAGES.print(detail)).getAsJsonObject();
            debug.remove("@type");
            json.add("debug", debug);
        } catch (InvalidProtocolBufferException ofAnotherVersion) {
            // The type belongs to another version of the coordinator: the response has the bytes only.
        }
        return json;
    }

    private static int http(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS, ABORTED -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            case CANCELLED -> 499;
            case OK, UNKNOWN, INTERNAL, DATA_LOSS -> 500;
            case UNIMPLEMENTED -> 501;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }
}

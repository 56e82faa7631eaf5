package dev.entente.server.api.wire;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.engine.OwnedElsewhere;
import dev.entente.server.store.QueryTimedOut;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Converts failures to responses for clients: a status with {@code google.rpc} details. Thread-safe. */
public final class Errors {
    /** The domain of each {@code ErrorInfo}. */
    static final String DOMAIN = "entente.dev";

    /**
     * Java clients refuse trailers beyond 8 KiB, and then the complete response. Details are sent in base64 (four bytes
     * for three), and the message and the other trailers need capacity, too.
     */
    private static final int MAX_DETAIL_BYTES = 4608;
    /**
     * The limit of a message, which may quote long client input. A response contains the message twice, once with three
     * bytes for each byte that is not plain ASCII.
     */
    private static final int MAX_MESSAGE_BYTES = 1200;

    private static final Duration OVERLOAD_PAUSE = Duration.ofMillis(500);
    private static final Duration DATABASE_PAUSE = Duration.ofSeconds(1);
    private static final Duration OWNER_PAUSE = Duration.ofSeconds(1);
    private static final Logger log = LoggerFactory.getLogger(Errors.class);

    private Errors() {}

    /**
     * Converts a failure to a response. A response of another coordinator passes unchanged. An unexpected failure is a
     * defect, which is logged with its incident id.
     */
    public static StatusRuntimeException of(Throwable thrown) {
        Throwable cause = unwrap(thrown);
        return switch (cause) {
            case StatusRuntimeException answered -> answered;
            case Refusal refusal -> refused(refusal);
            case StoreOverloaded overloaded ->
                refused(Refusal.temporary(
                        ErrorCode.OVERLOADED, text(overloaded) + "; send the request again later", OVERLOAD_PAUSE));
            case QueryTimedOut timedOut ->
                refused(Refusal.temporary(
                        ErrorCode.OVERLOADED,
                        text(timedOut)
                                + ": narrow the filter by states, a gid prefix, a label or a time of creation, or to"
                                + " open transactions",
                        DATABASE_PAUSE));
            case StoreUnavailable unavailable ->
                refused(Refusal.temporary(
                        ErrorCode.DATABASE, text(unavailable) + "; send the same request again", DATABASE_PAUSE));
            case OwnedElsewhere held ->
                refused(ownerUnreachable(
                        "incarnation " + held.owner(), "the transaction has moved to another coordinator"));
            default -> incident(cause);
        };
    }

    /** Converts a failure for a response without trailers. */
    public static Status status(Throwable thrown) {
        StatusRuntimeException answer = of(thrown);
        Status details = StatusProto.fromThrowable(answer);
        if (details != null) {
            return details;
        }
        String description = answer.getStatus().getDescription();
        return Status.newBuilder()
                .setCode(answer.getStatus().getCode().value())
                .setMessage(description == null ? "" : description)
                .build();
    }

    /** Closes a call before a service sees the call. */
    public static <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Refusal refusal) {
        StatusRuntimeException refused = of(refusal);
        Metadata trailers = refused.getTrailers();
        call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
    }

    /** Returns ENT-053: the owner does not respond, or no longer owns the transaction. */
    public static Refusal ownerUnreachable(String owner, String why) {
        return unreachable(
                owner,
                why + "; another coordinator takes over the transactions of that coordinator when its lease expires;"
                        + " send the request again");
    }

    /** Returns ENT-053: a coordinator responds at the owner's address and refuses this coordinator. */
    public static Refusal ownerRefuses(String owner, String why) {
        return unreachable(
                owner,
                "the server at its address refuses this coordinator (" + why + "); check that grpc.advertise of "
                        + owner + " leads to " + owner + " alone, and to no load balancer");
    }

    private static Refusal unreachable(String owner, String why) {
        return Refusal.temporary(
                ErrorCode.OWNER_UNREACHABLE,
                "the coordinator for this request (" + owner + ") cannot be reached: " + why,
                OWNER_PAUSE);
    }

    /** Removes the wrappers of futures from an exception. */
    public static Throwable unwrap(Throwable thrown) {
        Throwable inner = thrown;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    private static StatusRuntimeException incident(Throwable cause) {
        String incident = UUID.randomUUID().toString().substring(0, 8);
        log.error("ENT-099: incident {}", incident, cause);
        Refusal refusal = Refusal.of(
                ErrorCode.INTERNAL,
                "an internal error; report incident " + incident + "; the cause is in the coordinator's log");
        return refused(refusal, Map.of("incident", incident));
    }

    private static StatusRuntimeException refused(Refusal refusal) {
        return refused(refusal, Map.of());
    }

    private static StatusRuntimeException refused(Refusal refusal, Map<String, String> metadata) {
        Status.Builder status = Status.newBuilder()
                .setCode(code(refusal.code()).getNumber())
                .setMessage(text(refusal))
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(refusal.code().id())
                        .putAllMetadata(metadata)
                        .build()));
        Duration retryAfter = refusal.retryAfter();
        if (retryAfter != null) {
            status.addDetails(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(Durations.fromNanos(retryAfter.toNanos()))
                    .build()));
        }
        if (!refusal.violations().isEmpty()) {
            status.addDetails(Any.pack(
                    violations(refusal, MAX_DETAIL_BYTES - status.build().getSerializedSize())));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    /** Returns the violations that fit, and one violation with the number of the others. */
    private static BadRequest violations(Refusal refusal, int capacityBytes) {
        BadRequest.Builder request = BadRequest.newBuilder();
        int left =
                refusal.violations().stream().mapToInt(Refusal.Violation::count).sum();
        int capacity = capacityBytes;
        for (Refusal.Violation violation : refusal.violations()) {
            BadRequest.FieldViolation field = BadRequest.FieldViolation.newBuilder()
                    .setField(violation.field())
                    .setReason(violation.code().id())
                    .setDescription(violation.code().id() + ": " + violation.message())
                    .build();
            capacity -= field.getSerializedSize() + 4;
            if (capacity < 0) {
                return request.addFieldViolations(more(left)).build();
            }
            request.addFieldViolations(field);
            left -= violation.count();
        }
        return request.build();
    }

    private static BadRequest.FieldViolation more(int left) {
        return BadRequest.FieldViolation.newBuilder()
                .setReason(ErrorCode.MALFORMED.id())
                .setDescription(left + " more findings do not fit into one response; fix these first")
                .build();
    }

    private static Code code(ErrorCode code) {
        return switch (code.category()) {
            case INVALID_ARGUMENT -> Code.INVALID_ARGUMENT;
            case PERMISSION_DENIED -> Code.PERMISSION_DENIED;
            case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
            case NOT_FOUND -> Code.NOT_FOUND;
            case ALREADY_EXISTS -> Code.ALREADY_EXISTS;
            case ABORTED -> Code.ABORTED;
            case RESOURCE_EXHAUSTED -> Code.RESOURCE_EXHAUSTED;
            case FAILED_PRECONDITION -> Code.FAILED_PRECONDITION;
            case UNAVAILABLE -> Code.UNAVAILABLE;
            case DEADLINE_EXCEEDED -> Code.DEADLINE_EXCEEDED;
            case UNIMPLEMENTED -> Code.UNIMPLEMENTED;
            case INTERNAL, STARTUP, SDK -> Code.INTERNAL;
        };
    }

    private static String text(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.getClass().getSimpleName().toLowerCase(Locale.ROOT) : shortened(message);
    }

    /** Shortens a message to the limit of a header. */
    private static String shortened(String message) {
        int bytes = 0;
        for (int i = 0; i < message.length(); i++) {
            bytes += message.charAt(i) < 128 ? 1 : 9;
            if (bytes > MAX_MESSAGE_BYTES) {
                return message.substring(0, Character.isLowSurrogate(message.charAt(i)) ? i - 1 : i) + "…";
            }
        }
        return message;
    }
}

package dev.entente.server.participant.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.DurationOrBuilder;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.StatusOrBuilder;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.CallResponse;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.v1.BranchAnswer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Translates responses over gRPC into outcomes; no other class does. Immutable.
 *
 * <p>In this order: OK is a success; an ErrorInfo of the domain {@code entente.dev} states its meaning; then the
 * participant's own table of codes applies; then the common table. ABORTED and UNAVAILABLE mean "try again" in gRPC, so
 * the effect of the call is unknown.
 */
final class OutcomeTable {
    static final String DOMAIN = "entente.dev";
    private static final String DETAILS_NAME = "grpc-status-details-bin";
    private static final Metadata.Key<com.google.rpc.Status> DETAILS =
            Metadata.Key.of(DETAILS_NAME, ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));
    private static final Metadata.Key<byte[]> DETAILS_BYTES =
            Metadata.Key.of(DETAILS_NAME, Metadata.BINARY_BYTE_MARSHALLER);
    private final String credential;
    private final Map<Status.Code, Verdict> overrides;

    /** @param credential describes the credentials of the calls, for people */
    OutcomeTable(String credential, Map<Status.Code, Verdict> overrides) {
        this.credential = credential;
        this.overrides = Map.copyOf(overrides);
    }

    /**
     * @param response null if there was none
     * @param headersCame whether the participant began to respond
     */
    Outcome classify(Status status, Metadata trailers, @Nullable ByteString response, boolean headersCame) {
        if (status.isOk()) {
            return response != null
                    ? new Outcome.Succeeded(response, CallResponse.tried(trailers.get(CallMetadata.TRIED)))
                    : new Outcome.Unknown("OK without a response: the method is not unary", null);
        }
        Details details = Details.of(trailers);
        boolean isSettled = trailers.containsKey(CallMetadata.SETTLED);
        if (details.reason() != null) {
            Outcome outcome = new CallResponse(
                            details.describe(status), details.code(), isSettled, details.retryAfter())
                    .byReason(details.reason());
            if (outcome != null) {
                return outcome;
            }
        }
        if (isOversize(status, trailers, headersCame)) {
            return new Outcome.Misconfigured("the response is too large: " + detail(status), false);
        }
        Verdict override = overrides.get(status.getCode());
        return override != null
                ? new CallResponse(detail(status), details.code(), isSettled, details.retryAfter())
                        .byVerdict(override, status.getCode() == Status.Code.NOT_FOUND)
                : byCode(status, details);
    }

    /** Returns the trailers that a unary call would have had for this response. */
    static Metadata trailers(BranchAnswer answer) {
        Metadata trailers = new Metadata();
        if (!answer.getDetails().isEmpty()) {
            trailers.put(DETAILS_BYTES, answer.getDetails().toByteArray());
        }
        if (answer.getSettled()) {
            trailers.put(CallMetadata.SETTLED, "true");
        }
        if (answer.hasTried()) {
            trailers.put(CallMetadata.TRIED, answer.getTried());
        }
        return trailers;
    }

    /** Returns the state of the link, shown by how a call ended; independent of the operation's outcome. */
    static Circuit.Link link(Status status, Metadata trailers, boolean headersCame) {
        if (headersCame || !trailers.keys().isEmpty()) {
            return Circuit.Link.ANSWERED;
        }
        return switch (status.getCode()) {
            case UNAVAILABLE -> Circuit.Link.BROKEN;
            case OK -> Circuit.Link.ANSWERED;
            default -> Circuit.Link.SILENT;
        };
    }

    /**
     * Returns a status for submitters. A status that gRPC made here, for a broken link or a timeout, contains addresses
     * and error numbers, which are for operators. A status of the participant stays unchanged.
     */
    static Status reported(Status status, Metadata trailers, boolean headersCame) {
        if (status.isOk()) {
            return status;
        }
        boolean isSilence = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
        boolean isMadeHere = status.getCause() != null || (trailers.keys().isEmpty() && (isSilence || !headersCame));
        if (!isMadeHere) {
            return status;
        }
        if (isSilence) {
            return Status.DEADLINE_EXCEEDED.withDescription("no response in time");
        }
        return status.getCode() == Status.Code.UNAVAILABLE
                ? Status.UNAVAILABLE.withDescription(CalledParticipant.BROKEN_LINK)
                : status.withCause(null);
    }

    /**
     * Returns whether gRPC on this side rejected the response as too large. A status of the participant has trailers; a
     * status made here has none.
     */
    private static boolean isOversize(Status status, Metadata trailers, boolean headersCame) {
        return status.getCode() == Status.Code.RESOURCE_EXHAUSTED
                && headersCame
                && trailers.keys().isEmpty();
    }

    private Outcome byCode(Status status, Details details) {
        String text =
                status.getCode() == Status.Code.UNAUTHENTICATED ? detail(status) + "; " + credential : detail(status);
        return switch (status.getCode()) {
            case FAILED_PRECONDITION, INVALID_ARGUMENT, ALREADY_EXISTS, OUT_OF_RANGE -> new Outcome.Failed(text, false);
            case NOT_FOUND -> new Outcome.Failed(text, true);
            case UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED ->
                // a barrier with a reason reports a lasting fault
                details.reason() == null ? Outcome.Misconfigured.forNow(text) : new Outcome.Misconfigured(text, false);
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    DEADLINE_EXCEEDED,
                    RESOURCE_EXHAUSTED,
                    ABORTED,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS -> new Outcome.Unknown(text, details.retryAfter());
        };
    }

    /** Formats a status for people, with bounded length. */
    static String detail(Status status) {
        String description = status.getDescription();
        Throwable cause = status.getCause();
        String text = description != null ? description : "";
        if (cause != null && cause.getMessage() != null && !text.contains(cause.getMessage())) {
            text = text.isEmpty() ? cause.getMessage() : text + ": " + cause.getMessage();
        }
        return CallResponse.shortened(text.isEmpty() ? status.getCode().name() : status.getCode() + ": " + text);
    }

    /**
     * The content of the status details.
     *
     * @param reason of an ErrorInfo of our domain, or null
     * @param code the application's own code, such as {@code OUT_OF_STOCK}, or empty
     * @param retryAfter or null
     */
    private record Details(
            @Nullable String reason, String code, @Nullable Duration retryAfter) {
        private static final Details NONE = new Details(null, "", null);

        static Details of(Metadata trailers) {
            try {
                var status = trailers.get(DETAILS);
                return status == null ? NONE : read(status);
            } catch (IllegalArgumentException | InvalidProtocolBufferException e) {
                // Ignores unreadable details; only the status code counts.
                return NONE;
            }
        }

        private static Details read(StatusOrBuilder status) throws InvalidProtocolBufferException {
            Details details = NONE;
            for (Any any : status.getDetailsList()) {
                if (any.is(ErrorInfo.class)) {
                    ErrorInfo error = any.unpack(ErrorInfo.class);
                    if (error.getDomain().equals(DOMAIN)) {
                        details = new Details(
                                error.getReason(), error.getMetadataOrDefault("code", ""), details.retryAfter());
                    }
                } else if (any.is(RetryInfo.class)) {
                    details = new Details(
                            details.reason(),
                            details.code(),
                            CallResponse.bounded(
                                    wish(any.unpack(RetryInfo.class).getRetryDelay())));
                }
            }
            return details;
        }

        private static Duration wish(DurationOrBuilder delay) {
            // The delay is untrusted and may be any number.
            long seconds = Math.clamp(delay.getSeconds(), -9, CallResponse.LONGEST_WISH.toSeconds());
            return Duration.ofSeconds(seconds, delay.getNanos());
        }

        String describe(Status status) {
            String outcome = status.getDescription();
            String text = CallResponse.coded(code, outcome == null ? "" : outcome);
            return text.isEmpty() ? String.valueOf(reason) : text;
        }
    }
}

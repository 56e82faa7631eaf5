package dev.entente.server.participant.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.DurationOrBuilder;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.StatusOrBuilder;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.Gate;
import dev.entente.v1.BranchAnswer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Translates answers over gRPC into outcomes: the only place that does. Immutable.
 *
 * <p>In this order: OK is a success; an ErrorInfo of the domain {@code entente.dev} says itself what it means; then the
 * participant's own table of codes; then the common one. ABORTED and UNAVAILABLE mean "try again" in gRPC, so nobody
 * can know whether they did nothing.
 */
public final class OutcomeTable {
    static final String DOMAIN = "entente.dev";
    public static final Metadata.Key<String> SETTLED =
            Metadata.Key.of("entente-settled", Metadata.ASCII_STRING_MARSHALLER);
    public static final Metadata.Key<String> TRIED = Metadata.Key.of("entente-tried", Metadata.ASCII_STRING_MARSHALLER);
    private static final String DETAILS_NAME = "grpc-status-details-bin";
    private static final Metadata.Key<com.google.rpc.Status> DETAILS =
            Metadata.Key.of(DETAILS_NAME, ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));
    private static final Metadata.Key<byte[]> DETAILS_BYTES =
            Metadata.Key.of(DETAILS_NAME, Metadata.BINARY_BYTE_MARSHALLER);
    private static final int MAX_DETAIL_CHARS = 500;
    /** A participant may not hold a transaction up for longer. */
    public static final Duration LONGEST_WISH = Duration.ofHours(24);

    private final Map<Status.Code, Verdict> overrides;

    OutcomeTable(Map<Status.Code, Verdict> overrides) {
        this.overrides = Map.copyOf(overrides);
    }

    /**
     * @param response null if none came
     * @param headersCame whether the participant began to answer
     */
    Outcome classify(Status status, Metadata trailers, @Nullable ByteString response, boolean headersCame) {
        if (status.isOk()) {
            return response != null
                    ? new Outcome.Succeeded(response, tried(trailers.get(TRIED)))
                    : new Outcome.Unknown("OK without a response: the method is not a unary one", null);
        }
        Details details = Details.of(trailers);
        Outcome said = bySaidReason(status, trailers, details);
        if (said != null) {
            return said;
        }
        if (isOversize(status, trailers, headersCame)) {
            return new Outcome.Misconfigured("the response is too large: " + detail(status), false);
        }
        Verdict override = overrides.get(status.getCode());
        return override != null ? byOverride(override, status, trailers, details) : byCode(status, details);
    }

    /** The children that an answer names, separated by commas; null where it names none. */
    public static @Nullable Set<String> tried(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Set<String> names = new HashSet<>();
        for (String name : text.split(",", -1)) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        return names;
    }

    /** The trailers that a unary call would have brought with that answer. */
    static Metadata trailers(BranchAnswer answer) {
        Metadata trailers = new Metadata();
        if (!answer.getDetails().isEmpty()) {
            trailers.put(DETAILS_BYTES, answer.getDetails().toByteArray());
        }
        if (answer.getSettled()) {
            trailers.put(SETTLED, "true");
        }
        if (answer.hasTried()) {
            trailers.put(TRIED, answer.getTried());
        }
        return trailers;
    }

    /** Judges the link by the end of a call, apart from the operation's outcome. */
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
     * A status as whoever submits may read it. What this side makes of a broken link or of silence tells addresses and
     * error numbers, which are for operators. What a participant said is left as it is.
     */
    static Status told(Status status, Metadata trailers, boolean headersCame) {
        if (status.isOk()) {
            return status;
        }
        boolean isSilence = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
        boolean isMadeHere = status.getCause() != null || (trailers.keys().isEmpty() && (isSilence || !headersCame));
        if (!isMadeHere) {
            return status;
        }
        if (isSilence) {
            return Status.DEADLINE_EXCEEDED.withDescription("no answer in time");
        }
        return status.getCode() == Status.Code.UNAVAILABLE
                ? Status.UNAVAILABLE.withDescription(Gate.BROKEN_LINK)
                : status.withCause(null);
    }

    private static @Nullable Outcome bySaidReason(Status status, Metadata trailers, Details details) {
        if (details.reason() == null) {
            return null;
        }
        String text = details.describe(status);
        return switch (details.reason()) {
            case "REJECTED" -> new Outcome.Rejected(text, trailers.containsKey(SETTLED));
            case "IN_PROGRESS" -> new Outcome.InProgress(text, details.retryAfter());
            case "STALE_FENCE" -> new Outcome.StaleFence(text);
            case "MISCONFIGURED" -> new Outcome.Misconfigured(text, false);
            case "BARRIER_EXPIRED" -> new Outcome.Misconfigured(text, true);
            case "GONE" -> new Outcome.Failed(text, false, true);
            default -> null;
        };
    }

    /**
     * Tells whether gRPC on this side gave up reading the response. A status from the participant comes with trailers,
     * one made here with none.
     */
    private static boolean isOversize(Status status, Metadata trailers, boolean headersCame) {
        return status.getCode() == Status.Code.RESOURCE_EXHAUSTED
                && headersCame
                && trailers.keys().isEmpty();
    }

    private static Outcome byOverride(Verdict verdict, Status status, Metadata trailers, Details details) {
        String text = detail(status);
        return switch (verdict) {
            case REJECTED -> new Outcome.Rejected(text, trailers.containsKey(SETTLED));
            case FAILED -> new Outcome.Failed(text, status.getCode() == Status.Code.NOT_FOUND);
            case IN_PROGRESS -> new Outcome.InProgress(text, details.retryAfter());
            case MISCONFIGURED -> new Outcome.Misconfigured(text, false);
            case UNKNOWN -> new Outcome.Unknown(text, details.retryAfter());
        };
    }

    private static Outcome byCode(Status status, Details details) {
        String text = detail(status);
        return switch (status.getCode()) {
            case FAILED_PRECONDITION, INVALID_ARGUMENT, ALREADY_EXISTS, OUT_OF_RANGE -> new Outcome.Failed(text, false);
            case NOT_FOUND -> new Outcome.Failed(text, true);
            case UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED ->
                // a barrier that says so itself knows what is wrong, and that it lasts
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

    /** A status for people, of bounded length. */
    static String detail(Status status) {
        String description = status.getDescription();
        Throwable cause = status.getCause();
        String text = description != null ? description : "";
        if (cause != null && cause.getMessage() != null && !text.contains(cause.getMessage())) {
            text = text.isEmpty() ? cause.getMessage() : text + ": " + cause.getMessage();
        }
        return shortened(text.isEmpty() ? status.getCode().name() : status.getCode() + ": " + text);
    }

    public static String shortened(String text) {
        return text.length() <= MAX_DETAIL_CHARS ? text : text.substring(0, MAX_DETAIL_CHARS - 1) + "…";
    }

    /**
     * The content of the status details.
     *
     * @param reason of an ErrorInfo of our domain, or null
     * @param code the business's own word for it, such as {@code OUT_OF_STOCK}, or empty
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
                // Details that cannot be read say nothing: the code alone counts.
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
                            wish(any.unpack(RetryInfo.class).getRetryDelay()));
                }
            }
            return details;
        }

        /** A participant may not hold a transaction up for ever, nor call us back at once for ever. */
        private static @Nullable Duration wish(DurationOrBuilder delay) {
            if (delay.getSeconds() < 0 || (delay.getSeconds() == 0 && delay.getNanos() <= 0)) {
                return null;
            }
            return delay.getSeconds() >= LONGEST_WISH.toSeconds()
                    ? LONGEST_WISH
                    : Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        }

        String describe(Status status) {
            String text = status.getDescription() != null ? status.getDescription() : "";
            if (code.isEmpty() || text.contains(code)) {
                return shortened(text.isEmpty() ? String.valueOf(reason) : text);
            }
            return shortened(text.isEmpty() ? code : code + ": " + text);
        }
    }
}

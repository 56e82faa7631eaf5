package dev.entente.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.Internal;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The content of an answer that is not OK: its status and its {@code google.rpc} details. Immutable.
 *
 * @param code the gRPC status code
 * @param message the status's message; empty if there is none
 * @param reason the reason of an {@code ErrorInfo} of Entente's domain, such as {@code ENT-031} or {@code REJECTED};
 *     empty if there is none
 * @param reasonCode the {@code code} in that {@code ErrorInfo}'s metadata, such as {@code OUT_OF_STOCK}; empty if there
 *     is none
 * @param retryAfter the delay of the {@code RetryInfo}, the minimum wait before a retry; empty if there is none
 * @param violations one line per field violation of the {@code BadRequest}
 */
@Internal
public record ErrorDetails(
        Status.Code code,
        String message,
        String reason,
        String reasonCode,
        Optional<Duration> retryAfter,
        List<String> violations) {
    /** The {@code ErrorInfo} domain of all Entente errors. */
    public static final String DOMAIN = "entente.dev";

    /** The key of a rejection's own code in the metadata of an {@code ErrorInfo}. */
    public static final String CODE = "code";

    /** The code in a violation. The status message has this code at its start instead. */
    private static final Pattern CODED = Pattern.compile(": ENT-\\d+: ");

    /** The longest wait before the next attempt that an answer may request. */
    private static final Duration LONGEST_WISH = Duration.ofHours(24);

    /** Copies the violations. */
    public ErrorDetails {
        violations = List.copyOf(violations);
    }

    /**
     * Reads the failure of a call; any exception without a gRPC status reads as {@code UNKNOWN}. Malformed details
     * count as absent.
     */
    public static ErrorDetails of(Throwable failure) {
        Status status = Status.fromThrowable(failure);
        List<Any> all = details(failure);
        ErrorInfo info = find(all, ErrorInfo.getDefaultInstance())
                .filter(found -> found.getDomain().equals(DOMAIN))
                .orElse(ErrorInfo.getDefaultInstance());
        return new ErrorDetails(
                status.getCode(),
                status.getDescription() == null ? "" : status.getDescription(),
                info.getReason(),
                info.getMetadataOrDefault(CODE, ""),
                find(all, RetryInfo.getDefaultInstance()).map(ErrorDetails::delay),
                find(all, BadRequest.getDefaultInstance())
                        .map(ErrorDetails::violations)
                        .orElse(List.of()));
    }

    /** Returns whether Entente itself (a coordinator, or a participant's barrier) set the answer's reason. */
    public boolean isFromEntente() {
        return !reason.isEmpty();
    }

    /** Returns Entente's reason, or otherwise the name of the status code. */
    public String name() {
        return isFromEntente() ? reason : code.name();
    }

    /** Returns the complete text for people: name, message, and a line for each violation that the message lacks. */
    public String describe() {
        StringBuilder text = new StringBuilder(message);
        if (!message.contains(name())) {
            text.insert(0, message.isEmpty() ? name() : name() + ": ");
        }
        violations.stream()
                .filter(each -> !message.contains(CODED.matcher(each).replaceFirst(": ")))
                .forEach(each -> text.append("\n  ").append(each));
        return text.toString();
    }

    /** Returns the status that {@link #of} reads, without violations. */
    public com.google.rpc.Status toStatus() {
        var status = com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(message);
        if (isFromEntente()) {
            ErrorInfo.Builder info = ErrorInfo.newBuilder().setDomain(DOMAIN).setReason(reason);
            if (!reasonCode.isEmpty()) {
                info.putMetadata(CODE, reasonCode);
            }
            status.addDetails(Any.pack(info.build()));
        }
        retryAfter.ifPresent(delay -> status.addDetails(Any.pack(
                RetryInfo.newBuilder().setRetryDelay(Times.proto(delay)).build())));
        return status.build();
    }

    private static List<Any> details(Throwable failure) {
        try {
            var details = StatusProto.fromThrowable(failure);
            return details == null ? List.of() : details.getDetailsList();
        } catch (IllegalArgumentException noise) {
            // The trailer exists, but is no message: the client that waits for this answer must still get its status.
            return List.of();
        }
    }

    private static Duration delay(RetryInfo info) {
        var wish = info.getRetryDelay();
        long seconds = Math.max(0, Math.min(wish.getSeconds(), LONGEST_WISH.toSeconds()));
        return Duration.ofSeconds(seconds, Math.max(0, wish.getNanos()));
    }

    private static List<String> violations(BadRequest request) {
        return request.getFieldViolationsList().stream()
                .map(found -> found.getField() + ": " + found.getDescription())
                .toList();
    }

    private static <M extends Message> Optional<M> find(List<Any> details, M prototype) {
        for (Any detail : details) {
            if (detail.getTypeUrl()
                    .endsWith("/" + prototype.getDescriptorForType().getFullName())) {
                return parse(detail, prototype);
            }
        }
        return Optional.empty();
    }

    @SuppressWarnings("unchecked") // a parser of M makes Ms
    private static <M extends Message> Optional<M> parse(Any detail, M prototype) {
        try {
            return Optional.of((M) prototype.getParserForType().parseFrom(detail.getValue()));
        } catch (InvalidProtocolBufferException malformed) {
            return Optional.empty();
        }
    }
}

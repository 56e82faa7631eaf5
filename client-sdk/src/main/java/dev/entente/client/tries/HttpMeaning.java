package dev.entente.client.tries;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.Times;
import io.grpc.Status.Code;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The meaning of an answer over HTTP, in gRPC's words; {@code docs/participants.md} has the table. Immutable.
 *
 * @param code OK for a success
 * @param reason that the body gives itself, one of Entente's; or empty
 * @param reasonCode of a rejection, such as {@code OUT_OF_STOCK}; or empty
 * @param text for people
 */
record HttpMeaning(Code code, String reason, String reasonCode, String text, Optional<Duration> retryAfter) {
    private static final String IN_PROGRESS = "IN_PROGRESS";
    private static final Set<String> REASONS =
            Set.of("REJECTED", IN_PROGRESS, "STALE_FENCE", "MISCONFIGURED", "BARRIER_EXPIRED", "NOT_FOUND", "GONE");
    private static final String RETRY_AFTER = "retry-after";
    private static final int ACCEPTED = 202;
    private static final int TOO_EARLY = 425;

    /** @param json as {@link HttpTry} has it */
    static HttpMeaning of(HttpResponse<byte[]> answer, Function<String, Map<?, ?>> json) {
        int status = answer.statusCode();
        Optional<Duration> wish = wish(answer.headers());
        if (status / 100 == 2) {
            boolean isDone = status != ACCEPTED
                    || answer.headers().firstValue(RETRY_AFTER).isEmpty();
            return new HttpMeaning(
                    isDone ? Code.OK : Code.UNAVAILABLE, isDone ? "" : IN_PROGRESS, "", "HTTP 202", wish);
        }
        Map<?, ?> said = said(new String(answer.body(), StandardCharsets.UTF_8), json);
        String reason = member(said, "reason");
        String text = Stream.of("HTTP " + status, reason, member(said, "code"), member(said, "message"))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(": "));
        if (!REASONS.contains(reason)) {
            return new HttpMeaning(byStatus(status), status == TOO_EARLY ? IN_PROGRESS : "", "", text, wish);
        }
        Code code = reason.equals(IN_PROGRESS) ? Code.UNAVAILABLE : Code.FAILED_PRECONDITION;
        return new HttpMeaning(code, reason, member(said, "code"), text, wish);
    }

    private static Code byStatus(int status) {
        return switch (status) {
            case 401 -> Code.UNAUTHENTICATED;
            case 403 -> Code.PERMISSION_DENIED;
            case 404, 405 -> Code.UNIMPLEMENTED;
            case 408, TOO_EARLY, 429 -> Code.UNAVAILABLE;
            default ->
                switch (status / 100) {
                    case 3 -> Code.UNIMPLEMENTED; // redirects are not followed
                    case 4 -> Code.FAILED_PRECONDITION;
                    default -> Code.UNAVAILABLE;
                };
        };
    }

    boolean isSuccess() {
        return code == Code.OK;
    }

    /** As a participant over gRPC would have answered. */
    StatusException asException() {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(text);
        if (!reason.isEmpty()) {
            status.addDetails(Any.pack(ErrorInfo.newBuilder()
                    .setDomain(ErrorDetails.DOMAIN)
                    .setReason(reason)
                    .putMetadata(ErrorDetails.CODE, reasonCode)
                    .build()));
        }
        retryAfter.ifPresent(wish -> status.addDetails(
                Any.pack(RetryInfo.newBuilder().setRetryDelay(Times.proto(wish)).build())));
        return StatusProto.toStatusException(status.build());
    }

    /** The object {@code entente}; an empty one where the body has none. */
    private static Map<?, ?> said(String body, Function<String, Map<?, ?>> json) {
        try {
            Map<?, ?> whole = json.apply(body);
            return whole != null && whole.get("entente") instanceof Map<?, ?> ours ? ours : Map.of();
        } catch (RuntimeException noJson) { // a proxy's page, say: then the status counts
            return Map.of();
        }
    }

    private static String member(Map<?, ?> object, String name) {
        return object.get(name) instanceof String text ? text : "";
    }

    /** In seconds, or as a date, by the participant's own clock. */
    private static Optional<Duration> wish(HttpHeaders headers) {
        String said = headers.firstValue(RETRY_AFTER).orElse("").strip();
        if (said.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(said)));
        }
        try {
            Duration wish = Duration.between(time(headers.firstValue("date").orElse("")), time(said));
            return Optional.of(wish).filter(ahead -> !ahead.isNegative());
        } catch (DateTimeParseException none) {
            return Optional.empty();
        }
    }

    private static Instant time(String date) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from);
    }
}

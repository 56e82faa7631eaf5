package dev.entente.client.call;

import com.google.protobuf.ByteString;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.HttpStatus;
import dev.entente.wire.ResponseExcerpt;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Calls a try over HTTP, as a coordinator does. Any response but a success fails with the matching gRPC status; {@code
 * docs/participants.md} has the table. Immutable.
 *
 * @param client follows no redirect; its executor runs the callbacks
 * @param headers the call's own headers
 * @param json reads a JSON object; returns an empty one for other text
 */
public record HttpTry(
        HttpClient client, URI address, String method, Map<String, String> headers, Function<String, Map<?, ?>> json)
        implements Transport<ByteString, HttpResponse<byte[]>> {
    private static final String JSON = "application/json";
    private static final String IN_PROGRESS = "IN_PROGRESS";
    private static final Set<String> REASONS =
            Set.of("REJECTED", IN_PROGRESS, "STALE_FENCE", "MISCONFIGURED", "BARRIER_EXPIRED", "NOT_FOUND", "GONE");
    private static final int MAX_ANSWER_BYTES = 1 << 20;

    @Override
    public Attempt send(
            ByteString body, Metadata metadata, Deadline deadline, Completion<HttpResponse<byte[]>> answer) {
        CompletableFuture<HttpResponse<byte[]>> exchange = client.sendAsync(
                request(body, metadata), head -> new ResponseExcerpt(MAX_ANSWER_BYTES + 1, MAX_ANSWER_BYTES));
        CompletableFuture<HttpResponse<byte[]>> ended = exchange.thenApply(this::success);
        String where = address.getScheme() + "://" + address.getRawAuthority();
        long nanosLeft = Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS));
        CompletableFuture<HttpResponse<byte[]>> unused = ended.orTimeout(nanosLeft, TimeUnit.NANOSECONDS)
                .whenCompleteAsync(
                        (response, thrown) -> {
                            exchange.cancel(true); // otherwise the exchange continues without need
                            if (thrown == null) {
                                answer.answered(response);
                            } else {
                                Throwable cause = Causes.unwrap(thrown);
                                answer.failed(failure(where, cause), where, !(cause instanceof ConnectException));
                            }
                        },
                        client.executor().orElse(Runnable::run)); // not on the JVM's timer: callers may block
        return () -> ended.cancel(true);
    }

    private HttpRequest request(ByteString body, Metadata metadata) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .setHeader("accept", JSON);
        if (!body.isEmpty()) {
            request.setHeader("content-type", JSON);
        }
        headers.forEach(request::setHeader);
        for (String name : metadata.keys()) {
            request.setHeader(name, metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
        }
        return request.build();
    }

    private static Throwable failure(String where, Throwable cause) {
        if (cause instanceof StatusException) {
            return cause;
        }
        Status status = cause instanceof CancellationException ? Status.CANCELLED : Status.UNAVAILABLE;
        return (cause instanceof TimeoutException ? Status.DEADLINE_EXCEEDED : status)
                .withDescription(where + ": " + cause)
                .withCause(cause)
                .asException();
    }

    /**
     * Returns a successful response. Throws for a definite refusal, for an unknown outcome, and if the call must be
     * repeated.
     */
    private HttpResponse<byte[]> success(HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        String wish = answer.headers().firstValue("retry-after").orElse("");
        boolean isDone = status / 100 == 2 && (status != 202 || wish.isEmpty());
        if (isDone && answer.body().length <= MAX_ANSWER_BYTES) {
            return answer;
        }
        Map<?, ?> errorBody =
                json.apply(new String(answer.body(), StandardCharsets.UTF_8)).get("entente") instanceof Map<?, ?> ours
                        ? ours
                        : Map.of();
        String text = Stream.of(
                        "HTTP " + status,
                        member(errorBody, "reason"),
                        member(errorBody, "code"),
                        member(errorBody, "message"))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(": "));
        if (isDone) {
            throw failed(Status.Code.UNIMPLEMENTED, text + ": more than " + MAX_ANSWER_BYTES + " bytes", "", "", wish);
        }
        String reason = status == 202 || status == 425 ? IN_PROGRESS : member(errorBody, "reason");
        if (!REASONS.contains(reason)) {
            throw failed(HttpStatus.code(status), text, "", "", wish);
        }
        Status.Code code = reason.equals(IN_PROGRESS) ? Status.Code.UNAVAILABLE : Status.Code.FAILED_PRECONDITION;
        throw failed(code, text, reason, member(errorBody, "code"), wish);
    }

    private static String member(Map<?, ?> object, String name) {
        return object.get(name) instanceof String text ? text : "";
    }

    /**
     * @param wish the header {@code retry-after}, a delay in seconds; a date is ignored, because it depends on the
     *     server's clock
     */
    private static CompletionException failed(
            Status.Code code, String text, String reason, String reasonCode, String wish) {
        Optional<Duration> delay =
                wish.matches("[0-9]{1,9}") ? Optional.of(Duration.ofSeconds(Long.parseLong(wish))) : Optional.empty();
        ErrorDetails details = new ErrorDetails(code, text, reason, reasonCode, delay, List.of());
        return new CompletionException(StatusProto.toStatusException(details.toStatus()));
    }
}

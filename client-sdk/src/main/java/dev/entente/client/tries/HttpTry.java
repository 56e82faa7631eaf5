package dev.entente.client.tries;

import com.google.protobuf.ByteString;
import dev.entente.client.call.Causes;
import dev.entente.client.call.Transport;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls a try over HTTP, as a coordinator would. What is no success fails as gRPC's answer of that meaning. Immutable.
 *
 * @param client follows no redirect; what comes of a try is told on its executor
 * @param headers of the call's own
 * @param json reads a JSON object; what it throws says that it is none
 */
public record HttpTry(
        HttpClient client, URI address, String method, Map<String, String> headers, Function<String, Map<?, ?>> json)
        implements Transport<ByteString, HttpResponse<byte[]>> {
    private static final String JSON = "application/json";

    @Override
    public Attempt send(ByteString body, Metadata metadata, Deadline deadline, Answer<HttpResponse<byte[]>> answer) {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request(body, metadata), head -> new BoundedBody());
        CompletableFuture<HttpResponse<byte[]>> ended = exchange.thenApply(this::success);
        long nanosLeft = Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS));
        CompletableFuture<HttpResponse<byte[]>> unused = ended.orTimeout(nanosLeft, TimeUnit.NANOSECONDS)
                .whenCompleteAsync(
                        (response, thrown) -> {
                            exchange.cancel(true); // else it goes on, for nobody
                            tell(answer, response, thrown);
                        },
                        client.executor().orElse(Runnable::run)); // not on the JVM's one timer: callers may block
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

    private HttpResponse<byte[]> success(HttpResponse<byte[]> response) {
        HttpMeaning meaning = HttpMeaning.of(response, json);
        if (!meaning.isSuccess()) {
            throw new CompletionException(meaning.asException());
        }
        return response;
    }

    private void tell(Answer<HttpResponse<byte[]>> answer, HttpResponse<byte[]> response, @Nullable Throwable thrown) {
        if (thrown == null) {
            answer.answered(response);
            return;
        }
        String where = address.getScheme() + "://" + address.getRawAuthority();
        Throwable cause = Causes.unwrap(thrown);
        Throwable failure =
                cause instanceof StatusException ? cause : status(where, cause).asException();
        answer.failed(failure, where, !(cause instanceof ConnectException));
    }

    private static Status status(String where, Throwable cause) {
        if (cause instanceof TimeoutException) {
            return Status.DEADLINE_EXCEEDED.withDescription("no answer in time from " + where);
        }
        if (cause instanceof CancellationException) {
            return Status.CANCELLED.withDescription("cancelled by the caller");
        }
        Status status = cause instanceof BoundedBody.TooLarge ? Status.UNIMPLEMENTED : Status.UNAVAILABLE;
        return status.withDescription(where + ": " + cause).withCause(cause);
    }
}

package dev.entente.participant.check;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.google.protobuf.ByteString;
import dev.entente.client.call.HttpTry;
import dev.entente.client.call.Transport;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A placeholder for the channel to an HTTP participant, which makes no gRPC calls. Thread-safe. */
final class HttpChannel extends Channel {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Pattern REASON =
            Pattern.compile("\"entente\"\\s*:\\s*\\{[^}]*\"reason\"\\s*:\\s*\"([A-Z_]+)\"");

    private final String base;
    private final Map<String, String> headers;

    HttpChannel(URI base, Map<String, String> headers) {
        this.base = base.toString().replaceFirst("/$", "");
        this.headers = Map.copyOf(headers);
    }

    @Override
    public String authority() {
        return URI.create(base).getRawAuthority();
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        throw new UnsupportedOperationException(base + " is called over HTTP");
    }

    /**
     * Makes one request, with metadata as its headers, and waits for the answer.
     *
     * @param call such as {@code POST /debits}
     * @throws io.grpc.StatusRuntimeException for any failure, as coordinators read it
     */
    ByteString call(String call, Metadata metadata, ByteString body, Duration timeout) {
        int space = call.indexOf(' ');
        URI address = URI.create(base + call.substring(space + 1));
        CompletableFuture<ByteString> answered = new CompletableFuture<>();
        new HttpTry(CLIENT, address, call.substring(0, space), headers, HttpChannel::errorBody)
                .send(body, metadata, Deadline.after(timeout.toNanos(), NANOSECONDS), new Transport.Completion<>() {
                    @Override
                    public void answered(HttpResponse<byte[]> response) {
                        answered.complete(ByteString.copyFrom(response.body()));
                    }

                    @Override
                    public void failed(Throwable thrown, String target, boolean isSent) {
                        answered.completeExceptionally(new StatusRuntimeException(
                                Status.fromThrowable(thrown), Status.trailersFromThrowable(thrown)));
                    }
                });
        try {
            return answered.join();
        } catch (CompletionException failed) {
            throw (StatusRuntimeException) failed.getCause();
        }
    }

    /** Reads only the reason, because the checks use no other part of an answer. */
    private static Map<?, ?> errorBody(String body) {
        Matcher errorBody = REASON.matcher(body);
        return errorBody.find() ? Map.of("entente", Map.of("reason", errorBody.group(1))) : Map.of();
    }
}

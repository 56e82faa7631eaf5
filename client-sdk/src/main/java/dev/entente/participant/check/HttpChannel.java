package dev.entente.participant.check;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.HttpStatus;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stands for the channel to a participant over HTTP, which makes no calls of gRPC. Thread-safe. */
final class HttpChannel extends Channel {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Pattern REASON =
            Pattern.compile("\"entente\"\\s*:\\s*\\{[^}]*\"reason\"\\s*:\\s*\"([A-Z_]+)\"");
    private static final Set<String> BARRIERS = Set.of("REJECTED", "IN_PROGRESS", "STALE_FENCE", "BARRIER_EXPIRED");
    private static final int ACCEPTED = 202;
    private static final int MOST_SHOWN = 300;

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
     * @throws io.grpc.StatusRuntimeException for what is no success, as coordinators read it
     */
    ByteString call(String call, Metadata metadata, ByteString body, Duration patience) {
        int space = call.indexOf(' ');
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + call.substring(space + 1)))
                .timeout(patience)
                .header("accept", "application/json")
                .header("content-type", "application/json")
                .method(
                        call.substring(0, space),
                        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body.toByteArray()));
        headers.forEach(request::setHeader);
        for (String name : metadata.keys()) {
            String value = metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
            request.setHeader(name, Objects.requireNonNull(value));
        }
        try {
            HttpResponse<byte[]> answer = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
            ByteString told = ByteString.copyFrom(answer.body());
            boolean isLater = answer.statusCode() == ACCEPTED
                    && answer.headers().firstValue("retry-after").isPresent();
            if (answer.statusCode() / 100 == 2 && !isLater) {
                return told;
            }
            throw refusal(answer.statusCode(), told.toStringUtf8());
        } catch (IOException broken) {
            throw Status.UNAVAILABLE.withDescription(broken.toString()).asRuntimeException();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.asRuntimeException();
        }
    }

    private static RuntimeException refusal(int status, String body) {
        Matcher said = REASON.matcher(body);
        String reason = said.find() ? String.valueOf(said.group(1)) : "";
        Status.Code code = reason.equals("NOT_FOUND") ? Status.Code.NOT_FOUND : HttpStatus.code(status);
        com.google.rpc.Status.Builder told = com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage("HTTP " + status + ": " + body.substring(0, Math.min(MOST_SHOWN, body.length())));
        if (BARRIERS.contains(reason)) {
            told.addDetails(Any.pack(ErrorInfo.newBuilder()
                    .setDomain(ErrorDetails.DOMAIN)
                    .setReason(reason)
                    .build()));
        }
        return StatusProto.toStatusRuntimeException(told.build());
    }
}

package dev.entente.outbox;

import dev.entente.wire.HttpStatus;
import dev.entente.wire.ResponseExcerpt;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/** Sends HTTP requests, follows no redirects, and reads only the start of a response, for errors. Thread-safe. */
final class HttpCarrier implements Carrier {
    /** Matches a refusal of a participant's barrier. The refusal is final: another attempt could repeat the work. */
    private static final Pattern BARRIER_REFUSAL = Pattern.compile("\"entente\"\\s*:\\s*\\{[^}]*\"reason\"");

    private static final int KEPT_BYTES = 512;
    /** A body up to this size is read completely, which keeps the connection. */
    private static final int READ_BYTES = 1 << 16;

    private final HttpClient client;

    HttpCarrier(HttpClient client) {
        this.client = client;
    }

    /** Cancels the exchange when the future ends, because the client's own timeout only covers the response headers. */
    @Override
    public CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within) {
        URI address = URI.create(message.address());
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(within)
                .method(message.method(), HttpRequest.BodyPublishers.ofByteArray(message.payload()));
        if ("http".equalsIgnoreCase(address.getScheme())) {
            request.version(HttpClient.Version.HTTP_1_1); // some servers refuse the upgrade to HTTP/2
        }
        message.metadata().forEach(request::setHeader);
        CompletableFuture<HttpResponse<String>> exchange = client.sendAsync(
                request.build(),
                answer -> HttpResponse.BodySubscribers.mapping(
                        new ResponseExcerpt(KEPT_BYTES, READ_BYTES),
                        bytes -> new String(bytes, StandardCharsets.UTF_8)));
        CompletableFuture<Delivery> delivery = exchange.thenApply(HttpCarrier::meaning);
        CompletableFuture<Delivery> unused = delivery.whenComplete((ended, failure) -> exchange.cancel(true));
        return delivery;
    }

    private static Delivery meaning(HttpResponse<String> answer) {
        int status = answer.statusCode();
        if (status / 100 == 2) {
            return new Delivery.Delivered();
        }
        String error = "HTTP " + status + (answer.body().isBlank() ? "" : ": " + answer.body());
        return switch (HttpStatus.code(status)) {
            case UNAVAILABLE -> new Delivery.Unanswered(error, retryAfter(answer));
            case FAILED_PRECONDITION -> new Delivery.Refused(error);
            default ->
                BARRIER_REFUSAL.matcher(answer.body()).find()
                        ? new Delivery.Refused(error)
                        : new Delivery.Misconfigured(error);
        };
    }

    /** Returns the wait in seconds. A date is ignored, because it depends on the receiver's clock. */
    private static Duration retryAfter(HttpResponse<String> answer) {
        String seconds = answer.headers().firstValue("retry-after").orElse("");
        return seconds.matches("[0-9]{1,6}") ? Duration.ofSeconds(Long.parseLong(seconds)) : Duration.ZERO;
    }
}

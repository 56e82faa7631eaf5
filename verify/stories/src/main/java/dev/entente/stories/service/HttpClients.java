package dev.entente.stories.service;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Clients of an HTTP service. They repeat a request under its key until they receive a response. Thread-safe. */
public final class HttpClients {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int LONGEST_PAUSE_MILLIS = 300;
    private static final int CONFLICT = 409;
    private static final int FAILED = 500;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final URI door;

    /** Makes clients of the service on this port of loopback. */
    public HttpClients(int port) {
        door = URI.create("http://127.0.0.1:" + port + "/");
    }

    /** Sends the request until the response is neither "still running" (409) nor a failure (500 or above). Blocks. */
    public HttpResponse<String> untilAnswered(String key, String body) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                HttpResponse<String> answer = once(key, body);
                if (answer.statusCode() != CONFLICT && answer.statusCode() < FAILED) {
                    return answer;
                }
            } catch (IOException away) {
                if (System.nanoTime() > end) {
                    throw away;
                }
            }
            if (System.nanoTime() > end) {
                throw new IOException("no response for key " + key + " within " + PATIENCE);
            }
            Thread.sleep(1 + ThreadLocalRandom.current().nextInt(LONGEST_PAUSE_MILLIS));
        }
    }

    /** Sends the request once. Blocks. */
    public HttpResponse<String> once(String key, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(door).timeout(TIMEOUT).POST(BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Idempotency-Key", key);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }
}

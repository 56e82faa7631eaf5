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

/** Clients of a door, who send a request again under its key until they are answered. Thread-safe. */
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

    /** Clients of the door on that port of loopback. */
    public HttpClients(int port) {
        door = URI.create("http://127.0.0.1:" + port + "/");
    }

    /** Sends it until it is answered with anything but "still running" or a failure. Blocks. */
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
                throw new IOException("nobody answered " + key + " for " + PATIENCE);
            }
            Thread.sleep(1 + ThreadLocalRandom.current().nextInt(LONGEST_PAUSE_MILLIS));
        }
    }

    /** Sends it once. Blocks. */
    public HttpResponse<String> once(String key, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(door).timeout(TIMEOUT).POST(BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Idempotency-Key", key);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }
}

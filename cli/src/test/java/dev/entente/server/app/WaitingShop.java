package dev.entente.server.app;

import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * A participant for waits: {@code /hang} responds at the close, {@code /down} with 503, {@code /busy} with "in
 * progress", {@code /no} with a rejection, and other paths with success.
 */
final class WaitingShop implements AutoCloseable {
    private static final Map<String, Answer> ANSWERS = Map.of(
            "/down", Answer.of(503, ""),
            "/busy", new Answer(202, Map.of("Retry-After", "3600"), ""),
            "/no", Answer.of(409, ""));

    private final CountDownLatch closing = new CountDownLatch(1);
    private final LoopbackHttp http = LoopbackHttp.start(call -> {
        if (call.path().equals("/hang")) {
            closing.await();
        }
        return ANSWERS.getOrDefault(call.path(), Answer.of(200, "{}"));
    });

    String url() {
        return http.url();
    }

    String hostPort() {
        return http.hostPort();
    }

    /** Lets the calls that hang continue, so that coordinators can stop. */
    void release() {
        closing.countDown();
    }

    @Override
    public void close() {
        release();
        http.close();
    }
}

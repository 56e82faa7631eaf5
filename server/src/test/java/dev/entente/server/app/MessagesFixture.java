package dev.entente.server.app;

import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.participant.http.LoopbackHttp.Arrived;
import dev.entente.v1.Subscription;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A coordinator with its database, and a shop that is called over HTTP and returns the test's responses. */
abstract class MessagesFixture {
    static final Map<String, Answer> ANSWERS = new ConcurrentHashMap<>();
    /** Latches that delay the responses to calls, by path. */
    static final Map<String, CountDownLatch> HELD = new ConcurrentHashMap<>();

    static final Answer ROLLED_BACK =
            Answer.of(409, "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"ROLLED_BACK\"}}");

    static LoopbackHttp shop;
    static LocalCoordinator server;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(call -> {
            CountDownLatch held = HELD.get(call.path());
            if (held != null) {
                held.await();
            }
            return ANSWERS.getOrDefault(call.path(), Answer.of(200, "{}"));
        });
        server = LocalCoordinator.start("participants.shop.target", shop.url());
    }

    @AfterAll
    static void stop() {
        server.close();
        shop.close();
    }

    static Transaction submit(String plan) {
        return server.run(SamplePlans.json(plan));
    }

    static void submitWithoutWaiting(String plan) {
        server.submit(SamplePlans.json(plan));
    }

    static Transaction begin(String gid, String check) {
        return begin(gid, check, "0.2s");
    }

    static Transaction begin(String gid, String check, String firstCheckAfter) {
        return server.begin(SamplePlans.json("""
            {"gid": "%s", "name": "order-created", "message": {
              "deliveries": [{"http": {"participant": "shop", "path": "/stock"}, "json": {"order": "%s"}}],
              "check_back": {"http": {"participant": "shop", "path": "%s"}},
              "check_back_policy": {"first_after": "%s", "every": "0.1s", "limit": 3}}}
            """.formatted(gid, gid, check, firstCheckAfter)));
    }

    static Transaction described(String gid) {
        return server.described(gid);
    }

    static List<Arrived> arrived(String gid, String path) {
        return shop.arrived().stream()
                .filter(call ->
                        call.header("entente-gid").equals(gid) && call.path().equals(path))
                .toList();
    }

    static void subscribe(String topic, String subscriber, String path) {
        var _ = server.topics()
                .subscribe(Subscription.newBuilder()
                        .setTopic(topic)
                        .setSubscriber(subscriber)
                        .setDeliver(SamplePlans.http("shop", path))
                        .build());
    }
}

package dev.entente.server.app;

import com.google.protobuf.util.JsonFormat;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.participant.http.LoopbackHttp.Arrived;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.HttpCall;
import dev.entente.v1.Operation;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A coordinator with its database, and a shop that is called over HTTP and answers as the test says. */
abstract class MessagesFixture {
    static final Map<String, Answer> ANSWERS = new ConcurrentHashMap<>();
    /** Calls that are not answered before that, by path. */
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

    static TransactionServiceGrpc.TransactionServiceBlockingStub transactions() {
        return server.transactions();
    }

    static TopicServiceGrpc.TopicServiceBlockingStub topics() {
        return server.topics();
    }

    static Transaction submit(String plan) throws IOException {
        SubmitTransactionRequest.Builder request = SubmitTransactionRequest.newBuilder();
        JsonFormat.parser().merge("{\"wait\": \"20s\", \"plan\": " + plan + "}", request);
        return transactions().submitTransaction(request.build()).getTransaction();
    }

    static Transaction begin(String gid, String check) throws IOException {
        BeginTransactionRequest.Builder request = BeginTransactionRequest.newBuilder();
        JsonFormat.parser().merge("""
            {"plan": {"gid": "%s", "name": "order-created", "message": {
              "deliveries": [{"http": {"participant": "shop", "path": "/stock"}, "json": {"order": "%s"}}],
              "check_back": {"http": {"participant": "shop", "path": "%s"}},
              "check_back_policy": {"first_after": "0.2s", "every": "0.1s", "limit": 3}}}}
            """.formatted(gid, gid, check), request);
        return transactions().beginTransaction(request.build());
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
        topics().subscribe(Subscription.newBuilder()
                .setTopic(topic)
                .setSubscriber(subscriber)
                .setDeliver(Operation.newBuilder()
                        .setHttp(HttpCall.newBuilder().setParticipant("shop").setPath(path)))
                .build());
    }

    static void submitWithoutWaiting(String plan) throws IOException {
        SubmitTransactionRequest.Builder request = SubmitTransactionRequest.newBuilder();
        JsonFormat.parser().merge("{\"plan\": " + plan + "}", request);
        transactions().submitTransaction(request.build());
    }
}

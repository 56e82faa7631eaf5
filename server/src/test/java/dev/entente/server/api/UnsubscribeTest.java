package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.Status;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Unsubscribe requests to two coordinators, each of which owns a message to the subscriber. */
class UnsubscribeTest {
    private static LoopbackHttp crm;
    private static CountDownLatch mayAnswer;
    private static LocalCoordinator asked;
    private static LocalCoordinator other;

    @BeforeAll
    static void start() {
        mayAnswer = new CountDownLatch(1);
        crm = LoopbackHttp.start(call -> {
            if (call.path().equals("/slow")) {
                mayAnswer.await();
            }
            return Answer.of(409, "");
        });
        asked = start(TestDatabase.withSchema(), "node-a");
        other = start(asked.database, "node-b");
    }

    private static LocalCoordinator start(DatabaseSettings database, String node) {
        return LocalCoordinator.start(database, node, "participants.crm.target", crm.url());
    }

    @AfterAll
    static void stop() {
        mayAnswer.countDown();
        asked.close();
        other.close();
        crm.close();
    }

    private static void subscribe(String topic, String path) {
        var _ = asked.topics()
                .subscribe(Subscription.newBuilder()
                        .setTopic(topic)
                        .setSubscriber("crm")
                        .setDeliver(SamplePlans.http("crm", path))
                        .build());
    }

    private static void publish(LocalCoordinator at, String topic, String gid, boolean isLater) {
        Plan.Builder plan = Plan.newBuilder()
                .setGid(gid)
                .setName("event")
                .setMessage(Message.newBuilder()
                        .addDeliveries(Operation.newBuilder().setTopic(topic)));
        if (isLater) {
            plan.setStartTime(SamplePlans.scheduled(gid).getStartTime());
        }
        at.submit(plan.build());
    }

    private static UnsubscribeRequest of(String topic) {
        return UnsubscribeRequest.newBuilder()
                .setTopic(topic)
                .setSubscriber("crm")
                .build();
    }

    @Test
    void each_coordinator_drops_its_own_deliveries() throws Exception {
        subscribe("slow", "/slow");
        publish(asked, "slow", "slow-a", false);
        publish(other, "slow", "slow-b", false);
        await().until(() -> crm.arrived().stream()
                        .filter(call -> call.path().equals("/slow"))
                        .count()
                == 2);

        Future<UnsubscribeResponse> answer =
                TopicServiceGrpc.newFutureStub(asked.channel).unsubscribe(of("slow"));
        await().until(() -> asked.number("select count(*) from subscription where topic = 'slow'") == 0);
        mayAnswer.countDown();

        assertThat(answer.get().getExisted()).isTrue();
        assertThat(answer.get().getDropped()).as("counted once each").isEqualTo(2);
        assertThat(asked.get("slow-a").getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(asked.get("slow-b").getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    @Test
    void an_unavailable_owner_fails_the_unsubscribe_and_other_deliveries_are_dropped() throws Exception {
        subscribe("away", "/away");
        publish(asked, "away", "away-1", true);
        publish(asked, "away", "away-2", true);
        try (OtherCoordinator unavailable = new OtherCoordinator(asked, "node-c", "127.0.0.1:1")) {
            unavailable.takeOwnership("away-1");
            Refused refused = Refused.by(() -> asked.topics().unsubscribe(of("away")));
            assertThat(refused.status()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.hasRetryInfo()).isTrue();
            assertThat(asked.get("away-2").getBranches(0).getState()).isEqualTo(BranchStatus.State.SKIPPED);
        }
    }

    @Test
    void an_unsubscribe_fails_while_a_delivery_keeps_changing_its_owner() throws Exception {
        subscribe("moving", "/moving");
        publish(asked, "moving", "moving-1", true);
        // The coordinator at that address reports again and again that another one owns the transaction.
        try (OtherCoordinator third = new OtherCoordinator(asked, "node-b", other.target())) {
            third.takeOwnership("moving-1");
            Refused refused = Refused.by(() -> asked.topics().unsubscribe(of("moving")));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("moving-1");
        }
    }
}

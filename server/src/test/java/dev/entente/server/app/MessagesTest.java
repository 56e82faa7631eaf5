package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.store.LoggedAudit;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Parked;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Messages, check-backs and topics, through the real engine and a real PostgreSQL. */
class MessagesTest extends MessagesFixture {
    @Test
    void a_message_is_delivered_to_each_receiver() {
        Transaction done = submit("""
            {"gid": "m-plain", "name": "order-created", "message": {"deliveries": [
              {"http": {"participant": "shop", "path": "/a"}, "json": {"n": 1}},
              {"http": {"participant": "shop", "path": "/b"}, "json": {"n": 2}}]}}
            """);

        assertThat(done.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(done.getBranchesList()).extracting(BranchStatus::getId).containsExactly("delivery-1", "delivery-2");
        assertThat(arrived("m-plain", "/a").getFirst().header("entente-op")).isEqualTo("deliver");
        assertThat(arrived("m-plain", "/b").getFirst().body()).isEqualTo("{\"n\":2}");
    }

    @Test
    void a_committed_message_is_delivered_once() {
        assertThat(begin("m-commit", "/check-never", "3600s").getState()).isEqualTo(Transaction.State.BEGUN);

        server.commit("m-commit");

        await().untilAsserted(
                        () -> assertThat(described("m-commit").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        assertThat(arrived("m-commit", "/stock")).hasSize(1);
        assertThat(arrived("m-commit", "/check-never")).isEmpty();
    }

    @Test
    void a_silent_client_is_checked_and_a_positive_response_delivers() {
        begin("m-yes", "/check-yes");

        await().untilAsserted(() -> assertThat(described("m-yes").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        assertThat(arrived("m-yes", "/check-yes").getFirst().header("entente-op"))
                .isEqualTo("check");
        assertThat(arrived("m-yes", "/stock")).hasSize(1);
        assertThat(server.replay("m-yes").getFirstDifference()).isEmpty();
    }

    @Test
    void a_negative_check_back_aborts_the_message_without_delivery() {
        ANSWERS.put("/check-no", ROLLED_BACK);
        begin("m-no", "/check-no");

        await().untilAsserted(() -> assertThat(described("m-no").getState()).isEqualTo(Transaction.State.ABORTED));
        assertThat(described("m-no").getAbortReason()).isEqualTo(Transaction.AbortReason.CHECK_BACK_NEGATIVE);
        assertThat(arrived("m-no", "/stock")).isEmpty();
    }

    @Test
    void a_message_parks_after_failed_check_backs_and_can_still_be_committed() {
        ANSWERS.put("/check-broken", Answer.of(500, ""));
        begin("m-parked", "/check-broken");

        await().untilAsserted(() -> assertThat(described("m-parked").getParked().getReason())
                .isEqualTo(Parked.Reason.CHECK_BACK_EXHAUSTED));
        assertThat(arrived("m-parked", "/check-broken")).hasSize(3);

        server.commit("m-parked");

        await().untilAsserted(
                        () -> assertThat(described("m-parked").getState()).isEqualTo(Transaction.State.SUCCEEDED));
    }

    @Test
    void a_running_message_cannot_be_aborted() {
        ANSWERS.put("/slow", Answer.of(503, ""));
        submitWithoutWaiting("""
            {"gid": "m-runs", "name": "order-created",
             "message": {"deliveries": [{"http": {"participant": "shop", "path": "/slow"}}]}}
            """);

        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> server.abort("m-runs"));

        assertThat(refused).hasMessageContaining("ENT-042");
        ANSWERS.remove("/slow");
    }

    // ---- topics

    private static String event(String gid, String topic) {
        return """
            {"gid": "%s", "name": "order-created",
             "message": {"deliveries": [{"topic": "%s", "json": {"order": "4711"}}]}}
            """.formatted(gid, topic);
    }

    @Test
    void an_event_goes_to_the_subscribers_at_its_acceptance() {
        subscribe("orders", "stock", "/orders-stock");
        subscribe("orders", "mail", "/orders-mail");
        Transaction first = submit(event("t-1", "orders"));
        subscribe("orders", "late", "/orders-late");

        assertThat(first.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(first.getBranchesList())
                .extracting(BranchStatus::getId)
                .containsExactly("delivery-1.mail", "delivery-1.stock");
        assertThat(arrived("t-1", "/orders-stock").getFirst().body()).isEqualTo("{\"order\":\"4711\"}");
        assertThat(submit(event("t-1", "orders")).getBranchesCount()).isEqualTo(2);
        assertThat(submit(event("t-2", "orders")).getBranchesCount()).isEqualTo(3);
        assertThat(arrived("t-1", "/orders-late")).isEmpty();
    }

    @Test
    void an_event_without_subscribers_succeeds() {
        assertThat(submit(event("t-unknown", "no-listener")).getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    @Test
    void subscriptions_are_listed_replaced_and_removed() {
        subscribe("lists", "b", "/one");
        subscribe("lists", "a", "/one");
        subscribe("lists", "b", "/two");

        assertThat(server.topics()
                        .listSubscriptions(ListSubscriptionsRequest.newBuilder()
                                .setTopic("lists")
                                .build())
                        .getSubscriptionsList())
                .extracting(each ->
                        each.getSubscriber() + each.getDeliver().getHttp().getPath())
                .containsExactly("a/one", "b/two");
        try (LoggedAudit lines = new LoggedAudit()) {
            assertThat(unsubscribe("lists", "a").getExisted()).isTrue();
            assertThat(unsubscribe("lists", "a").getExisted()).isFalse();
            assertThat(lines.with("reason=lists: a"))
                    .satisfiesExactly(
                            first -> assertThat(first)
                                    .startsWith("INFO actor=anonymous@127.0.0.1 operation=unsubscribe gid= before="
                                            + " after= "),
                            again ->
                                    assertThat(again).contains(" operation=unsubscribe gid= before= after=unchanged "));
        }
    }

    @Test
    void an_invalid_page_token_for_the_topic_is_refused() {
        subscribe("pages", "a", "/one");
        subscribe("pages", "b", "/one");
        var one = ListSubscriptionsRequest.newBuilder().setTopic("pages").setPageSize(1);
        String token = server.topics().listSubscriptions(one.build()).getNextPageToken();

        assertThat(server.topics()
                        .listSubscriptions(one.clone().setPageToken(token).build())
                        .getSubscriptionsList())
                .singleElement()
                .satisfies(next -> assertThat(next.getSubscriber()).isEqualTo("b"));
        for (String wrong : List.of("7", "lists/a", token + "/a", "pages/", "pages/A b")) {
            assertThatThrownBy(() -> server.topics()
                            .listSubscriptions(one.clone().setPageToken(wrong).build()))
                    .as(wrong)
                    .hasMessageContaining("ENT-001")
                    .hasMessageContaining("page_token");
        }
    }

    private static UnsubscribeResponse unsubscribe(String topic, String subscriber) {
        return server.topics().unsubscribe(unsubscription(topic, subscriber));
    }

    private static UnsubscribeRequest unsubscription(String topic, String subscriber) {
        return UnsubscribeRequest.newBuilder()
                .setTopic(topic)
                .setSubscriber(subscriber)
                .build();
    }

    @Test
    void an_invalid_topic_and_an_unknown_subscriber_target_are_refused() {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> server.topics()
                        .subscribe(Subscription.newBuilder()
                                .setTopic("Orders!")
                                .setSubscriber("stock")
                                .setDeliver(Operation.newBuilder().setGrpc("unknown/shop.v1.Service/Method"))
                                .build()));

        assertThat(refused).hasMessageContaining("ENT-011: topic").hasMessageContaining("1 more");
    }

    @Test
    void an_open_delivery_to_an_unsubscribed_receiver_ends_as_dropped() {
        ANSWERS.put("/gone", Answer.of(409, ""));
        subscribe("leaving", "gone", "/gone");
        subscribe("leaving", "stays", "/stays");
        assertThat(submit(event("t-drop", "leaving")).getParked().getReason())
                .isEqualTo(Parked.Reason.DELIVERY_REFUSED);

        assertThat(unsubscribe("leaving", "gone").getDropped()).isEqualTo(1);

        Transaction ended = described("t-drop");
        assertThat(ended.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(ended.getBranches(0).getState()).isEqualTo(BranchStatus.State.SKIPPED);
        assertThat(ended.getBranches(0).getLastError()).as("its own word").contains("409");
        assertThat(ended.getHistoryList())
                .anyMatch(event -> event.getKind().equals("DROPPED")
                        && event.getDetail().equals("DROPPED: 'gone' has unsubscribed"));
        assertThat(ended.getBranches(1).getState()).isEqualTo(BranchStatus.State.DONE);
    }

    @Test
    void a_queued_delivery_is_dropped_before_the_call_in_flight_is_awaited() throws Exception {
        CountDownLatch answered = delay("/held");
        subscribe("slow", "gone", "/held");
        submitWithoutWaiting(orderedEvent("t-slow-1"));
        await().until(() -> !arrived("t-slow-1", "/held").isEmpty());
        submitWithoutWaiting(orderedEvent("t-slow-2"));

        var unsubscribed = TopicServiceGrpc.newFutureStub(server.channel).unsubscribe(unsubscription("slow", "gone"));
        await().untilAsserted(
                        () -> assertThat(described("t-slow-2").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        answered.countDown();

        assertThat(unsubscribed.get().getDropped()).isEqualTo(1);
        assertThat(described("t-slow-1").getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(arrived("t-slow-2", "/held")).isEmpty();
    }

    private static String orderedEvent(String gid) {
        return """
            {"gid": "%s", "name": "order-created", "message": {"ordering_key": "order-7",
             "deliveries": [{"topic": "slow", "json": {"order": "4711"}}]}}
            """.formatted(gid);
    }

    private static CountDownLatch delay(String path) {
        CountDownLatch answered = new CountDownLatch(1);
        HELD.put(path, answered);
        return answered;
    }

    @Test
    void a_park_during_the_last_call_delays_the_compensation_until_the_resume() throws Exception {
        CountDownLatch answered = delay("/held-step");
        submitWithoutWaiting("""
            {"gid": "s-park", "name": "order", "saga": {"steps": [{"id": "only",
              "action": {"http": {"participant": "shop", "path": "/held-step"}},
              "compensate": {"http": {"participant": "shop", "path": "/undone"}}}]}}
            """);
        await().until(() -> !arrived("s-park", "/held-step").isEmpty());

        assertThat(server.park("s-park").getParked().getReason()).isEqualTo(Parked.Reason.BY_OPERATOR);
        var aborted = TransactionServiceGrpc.newFutureStub(server.channel).abortTransaction(Client.abortOf("s-park"));
        answered.countDown();

        assertThat(aborted.get().getState()).isEqualTo(Transaction.State.UNDOING);
        assertThat(arrived("s-park", "/undone")).isEmpty();
        server.resume("s-park");
        await().untilAsserted(() -> assertThat(described("s-park").getState()).isEqualTo(Transaction.State.ABORTED));
        assertThat(arrived("s-park", "/undone")).hasSize(1);
    }

    // ---- order

    @Test
    void an_operator_skips_a_refused_delivery() {
        ANSWERS.put("/refuses", Answer.of(409, ""));
        submit("""
            {"gid": "t-skip", "name": "order-created", "message": {"deliveries": [
              {"http": {"participant": "shop", "path": "/refuses"}},
              {"http": {"participant": "shop", "path": "/takes"}}]}}
            """);

        Transaction skipped = server.skip("t-skip");

        assertThat(skipped.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(skipped.getBranches(0).getState()).isEqualTo(BranchStatus.State.SKIPPED);
        assertThat(skipped.getBranches(0).getLastError()).contains("409");
        assertThat(server.number("select count(*) from audit_entry where gid = 't-skip' and operation = 'skip'"
                        + " and before = 'PARKED' and after = 'SUCCEEDED, skipped'"))
                .isOne();
    }
}

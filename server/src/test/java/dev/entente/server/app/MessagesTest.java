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
    void a_message_goes_to_each_receiver() {
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
    void a_client_that_commits_is_not_asked_about() {
        assertThat(begin("m-commit", "/check-never").getState()).isEqualTo(Transaction.State.BEGUN);

        server.commit("m-commit");

        await().untilAsserted(
                        () -> assertThat(described("m-commit").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        assertThat(arrived("m-commit", "/stock")).hasSize(1);
    }

    @Test
    void a_client_that_is_not_heard_of_is_asked_back_and_a_yes_delivers() {
        begin("m-yes", "/check-yes");

        await().untilAsserted(() -> assertThat(described("m-yes").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        assertThat(arrived("m-yes", "/check-yes").getFirst().header("entente-op"))
                .isEqualTo("check");
        assertThat(arrived("m-yes", "/stock")).hasSize(1);
        assertThat(server.replay("m-yes").getFirstDifference()).isEmpty();
    }

    @Test
    void a_no_ends_it_and_nothing_is_delivered() {
        ANSWERS.put("/check-no", ROLLED_BACK);
        begin("m-no", "/check-no");

        await().untilAsserted(() -> assertThat(described("m-no").getState()).isEqualTo(Transaction.State.ABORTED));
        assertThat(described("m-no").getAbortReason()).isEqualTo(Transaction.AbortReason.CHECK_BACK_NEGATIVE);
        assertThat(arrived("m-no", "/stock")).isEmpty();
    }

    @Test
    void without_an_answer_it_parks_and_the_client_may_still_commit() {
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
    void what_runs_is_not_aborted() {
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
    void an_event_goes_to_whoever_is_subscribed_when_it_is_accepted() {
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
    void an_event_without_subscribers_has_nothing_to_do() {
        assertThat(submit(event("t-nobody", "nobody-listens")).getState()).isEqualTo(Transaction.State.SUCCEEDED);
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
    void a_page_token_that_no_list_of_that_topic_has_given_is_refused() {
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
    void a_subscriber_must_be_one_that_can_be_called() {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> server.topics()
                        .subscribe(Subscription.newBuilder()
                                .setTopic("Orders!")
                                .setSubscriber("stock")
                                .setDeliver(Operation.newBuilder().setGrpc("nobody/shop.v1.Service/Method"))
                                .build()));

        assertThat(refused).hasMessageContaining("ENT-011: topic").hasMessageContaining("1 more");
    }

    @Test
    void what_is_on_its_way_to_a_subscriber_that_goes_ends_as_dropped() {
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
    void what_waits_behind_a_call_goes_before_that_is_awaited() throws Exception {
        CountDownLatch answered = hold("/held");
        subscribe("slow", "gone", "/held");
        submitWithoutWaiting(mergedByAge("t-slow-1"));
        await().until(() -> !arrived("t-slow-1", "/held").isEmpty());
        submitWithoutWaiting(mergedByAge("t-slow-2"));

        var unsubscribed = TopicServiceGrpc.newFutureStub(server.channel).unsubscribe(unsubscription("slow", "gone"));
        await().untilAsserted(
                        () -> assertThat(described("t-slow-2").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        answered.countDown();

        assertThat(unsubscribed.get().getDropped()).isEqualTo(1);
        assertThat(described("t-slow-1").getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(arrived("t-slow-2", "/held")).isEmpty();
    }

    private static String mergedByAge(String gid) {
        return """
            {"gid": "%s", "name": "order-created", "message": {"ordering_key": "order-7",
             "deliveries": [{"topic": "slow", "json": {"order": "4711"}}]}}
            """.formatted(gid);
    }

    private static CountDownLatch hold(String path) {
        CountDownLatch answered = new CountDownLatch(1);
        HELD.put(path, answered);
        return answered;
    }

    @Test
    void a_park_during_the_last_call_stands_and_an_abort_undoes_it_when_it_is_lifted() throws Exception {
        CountDownLatch answered = hold("/held-step");
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
    void an_operator_gives_up_what_is_stuck() {
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

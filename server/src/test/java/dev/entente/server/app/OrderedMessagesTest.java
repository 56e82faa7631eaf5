package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Messages with an ordering key, on a complete server. */
class OrderedMessagesTest extends MessagesFixture {
    private static String ordered(String gid, String key, String path) {
        return """
            {"gid": "%s", "name": "order-created", "message": {"ordering_key": "%s", "deliveries": [
              {"http": {"participant": "shop", "path": "%s"}}]}}
            """.formatted(gid, key, path);
    }

    @Test
    void messages_with_one_key_are_delivered_in_order_of_acceptance() {
        List<String> gids = IntStream.range(0, 30).mapToObj(i -> "o-" + i).toList();
        for (String gid : gids) {
            submitWithoutWaiting(ordered(gid, "line", "/in-line"));
        }

        await().untilAsserted(() -> assertThat(described("o-29").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        assertThat(shop.arrived().stream()
                        .filter(call -> call.path().equals("/in-line"))
                        .map(call -> call.header("entente-gid")))
                .containsExactlyElementsOf(gids);
    }

    @Test
    void a_parked_delivery_blocks_only_its_key_until_an_operator_skips_it() {
        ANSWERS.put("/blocked", Answer.of(409, ""));
        subscribe("blocking", "one", "/blocked");
        subscribe("blocking", "two", "/free");
        String plan = "{\"gid\": \"%s\", \"name\": \"e\", \"message\": {\"ordering_key\": \"%s\", \"deliveries\":"
                + " [{\"topic\": \"blocking\"}]}}";
        submitWithoutWaiting(plan.formatted("b-head", "key"));
        await().untilAsserted(() -> assertThat(described("b-head").hasParked()).isTrue());
        submitWithoutWaiting(plan.formatted("b-next", "key"));
        submitWithoutWaiting(plan.formatted("b-last", "key"));

        await().untilAsserted(() -> {
            assertThat(described("b-next").getBranches(0).getBlockedBy()).isEqualTo("b-head");
            assertThat(described("b-last").getBranches(0).getBlockedBy()).isEqualTo("b-head");
            assertThat(described("b-last").getBranches(1).getState()).isEqualTo(BranchStatus.State.DONE);
        });
        assertThat(arrived("b-next", "/blocked")).isEmpty();
        assertThat(submit(plan.formatted("b-other", "other-key")).hasParked()).isTrue();

        ANSWERS.put("/blocked", Answer.of(200, ""));
        server.skip("b-head");

        // Later messages may be unloaded by now.
        await().untilAsserted(() -> assertThat(described("b-last").getState()).isEqualTo(Transaction.State.SUCCEEDED));
        assertThat(shop.arrived().stream()
                        .filter(call -> call.path().equals("/blocked"))
                        .map(call -> call.header("entente-gid")))
                .containsSubsequence("b-head", "b-next", "b-last");
    }

    /** The row is made due an hour later, so that no coordinator claims the row by its due time. */
    @Test
    void a_blocked_message_continues_when_its_predecessor_finishes() {
        ANSWERS.put("/fixed", Answer.of(409, ""));
        submitWithoutWaiting(ordered("w-head", "line", "/fixed"));
        await().untilAsserted(() -> assertThat(described("w-head").hasParked()).isTrue());
        submitWithoutWaiting(ordered("w-next", "line", "/fixed"));
        await().untilAsserted(() -> assertThat(described("w-next").hasDueTime()).isTrue());
        server.execute(
                "update open_transaction set due_at = now() + interval '1 hour' where gid = 'w-next' and owner is"
                        + " null");

        ANSWERS.put("/fixed", Answer.of(200, "{}"));
        server.retry("w-head");

        await().untilAsserted(() -> assertThat(described("w-next").getState()).isEqualTo(Transaction.State.SUCCEEDED));
    }

    @Test
    void an_aborted_message_in_between_does_not_release_later_messages() {
        ANSWERS.put("/head", Answer.of(409, ""));
        submitWithoutWaiting(ordered("c-head", "line", "/head"));
        await().untilAsserted(() -> assertThat(described("c-head").hasParked()).isTrue());
        Plan.Builder between = SamplePlans.json(ordered("c-between", "line", "/head")).toBuilder();
        between.getMessageBuilder().setCheckBack(SamplePlans.http("shop", "/never"));
        server.begin(between.build());
        server.abort("c-between");
        submitWithoutWaiting(ordered("c-last", "line", "/head"));

        await().untilAsserted(() ->
                assertThat(described("c-last").getBranches(0).getBlockedBy()).isEqualTo("c-head"));
        assertThat(arrived("c-last", "/head")).isEmpty();
    }
}

package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import dev.entente.wire.TraceParent;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The trace context of a submit: in the row, in the calls after a takeover, and in the API. */
class StoredTraceTest {
    private static final TraceParent TRACE =
            new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01");

    private static LoopbackHttp shop;
    private static DatabaseSettings database;
    private static LocalCoordinator working;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(_ -> Answer.of(200, "{}"));
        database = TestDatabase.withSchema();
        working = coordinator("working", shop.url());
    }

    @AfterAll
    static void stop() {
        working.close();
        shop.close();
    }

    private static LocalCoordinator coordinator(String node, String target) {
        return LocalCoordinator.start(
                database,
                node,
                "lease",
                "3s",
                "participants.shop.target",
                target,
                "participants.stock.target",
                "127.0.0.1:1");
    }

    /** Returns a saga with a call and a message to the same participant. */
    private static Plan withChild(String gid) {
        return SamplePlans.json("""
            {"gid": "%s", "name": "checkout", "saga": {"steps": [
              {"id": "pay", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/pay"}}},
              {"id": "tell", "no_undo": true, "message": {"deliveries": [
                {"http": {"participant": "shop", "path": "/tell"}}]}}]}}
            """.formatted(gid));
    }

    private static Client traced(Client client) {
        return client.with("traceparent", TRACE.header());
    }

    /** Returns the header of all calls of a transaction and its child, after both have finished. */
    private static List<String> tracesOf(String gid) {
        await().ignoreExceptions()
                .untilAsserted(() -> assertThat(List.of(working.get(gid), working.get(gid + "/tell")))
                        .allMatch(Transaction::getTerminal));
        return shop.arrived().stream()
                .filter(call -> call.header("entente-gid").startsWith(gid))
                .map(call -> call.header("traceparent"))
                .toList();
    }

    @Test
    void calls_after_a_takeover_belong_to_the_span_of_the_submitter() {
        try (LocalCoordinator failing = coordinator("failing", "http://127.0.0.1:1")) {
            traced(failing).submit(withChild("t-taken-over"));
        }

        assertThat(tracesOf("t-taken-over")).containsExactly(TRACE.header(), TRACE.header());
        assertThat(working.get("t-taken-over").getTraceId()).isEqualTo(TRACE.traceId());
        assertThat(working.get("t-taken-over/tell").getTraceId()).isEqualTo(TRACE.traceId());
    }

    @Test
    void a_parent_and_its_child_share_the_trace_that_is_derived_from_the_gid() {
        String gid = "0197a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b";
        working.submit(withChild(gid));

        assertThat(tracesOf(gid))
                .containsExactly(
                        TraceParent.ofCall(gid, "pay", "action", 1).header(),
                        TraceParent.ofCall(gid + "/tell", "delivery-1", "deliver", 1)
                                .header());
        assertThat(working.get(gid + "/tell").getTraceId()).isEqualTo(gid.replace("-", ""));
    }

    @Test
    void only_a_trace_context_of_the_submitter_is_stored() {
        working.submit(SamplePlans.scheduled("t-none"));
        String derived = TraceParent.ofCall("t-same", "any", "any", 1).header();
        working.with("traceparent", derived).submit(SamplePlans.scheduled("t-same"));
        traced(working).submit(SamplePlans.scheduled("t-with"));
        Transaction repeated = working.submit(SamplePlans.scheduled("t-with"));

        assertThat(planBytes("t-same")).isEqualTo(planBytes("t-none"));
        assertThat(planBytes("t-with")).isEqualTo(planBytes("t-none") + 28);
        assertThat(repeated.getTraceId()).isEqualTo(TRACE.traceId());
        assertThat(working.get("t-none").getTraceId()).isEqualTo(TraceParent.traceIdOf("t-none"));
    }

    private static long planBytes(String gid) {
        return working.number("select length(plan) from open_transaction where gid = '" + gid + "'");
    }
}

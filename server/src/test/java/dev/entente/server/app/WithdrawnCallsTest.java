package dev.entente.server.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.console.OperationForm;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Operator actions while a call is not sent yet. They withdraw the call, as their previews show. */
class WithdrawnCallsTest {
    private static final CountDownLatch OVER = new CountDownLatch(1);

    private static LoopbackHttp shop;
    private static ServerSocket full;
    private static Socket first;
    private static Socket second;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() throws IOException {
        shop = LoopbackHttp.start(call -> {
            if (call.path().equals("/hang")) {
                OVER.await();
            }
            return call.path().equals("/no-such") ? Answer.of(404, "") : Answer.of(200, "{}");
        });
        // Accepts no connection beyond these two; the next one stays in progress.
        full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        first = new Socket(full.getInetAddress(), full.getLocalPort());
        second = new Socket(full.getInetAddress(), full.getLocalPort());
        server = LocalCoordinator.start(
                "participants.shop.target",
                shop.url(),
                "participants.limit.target",
                shop.url(),
                "participants.limit.maxInFlight",
                "1",
                "participants.connection.target",
                "http://127.0.0.1:" + ((InetSocketAddress) full.getLocalSocketAddress()).getPort());
        server.submit(SamplePlans.json(plan("holds", step("holds", "limit", "/hang"))));
        await().until(() -> server.get("holds").getWaiting().getKind() == Waiting.Kind.CALLING);
    }

    @AfterAll
    static void stop() throws IOException {
        OVER.countDown();
        server.close();
        shop.close();
        first.close();
        second.close();
        full.close();
    }

    private static String plan(String gid, String steps) {
        return "{\"gid\": \"%s\", \"name\": \"waits\", \"saga\": {\"steps\": [%s]}}".formatted(gid, steps);
    }

    private static String step(String id, String participant, String path) {
        return """
            {"id": "%s", "no_undo": true, "action": {"http": {"participant": "%s", "path": "%s"}, "json": {},
             "policy": {"timeout": "3600s", "schedule": ["3600s"]}}}\
            """.formatted(id, participant, path);
    }

    /** Submits a saga with a call that waits for the resource in its participant's name, beside the other steps. */
    private static void submit(String gid, String participant, String others) {
        String waits = step("waits", participant, "/hang");
        String last =
                others.isEmpty() ? "" : ", " + step("last", "shop", "/pay").replace("\"no_undo\"", """
                    "after": ["waits"], "no_undo\"\
                    """);
        server.submit(SamplePlans.json(plan(gid, waits + others + last)));
    }

    private static OperationForm form(String gid, String act, String... fields) {
        Map<String, String> values = new HashMap<>(Map.of("gid", gid, "operation", act, "reason", "taken back"));
        for (int i = 0; i < fields.length; i += 2) {
            values.put(fields[i], fields[i + 1]);
        }
        return OperationForm.of(values);
    }

    private static OperationPreview preview(OperationForm form) {
        return server.operator().previewAct(requireNonNull(form.preview(ByteString.EMPTY)));
    }

    /** Runs the operation, bound to its preview. No call is awaited, and the result matches the preview. */
    private static void assertFinishesAsPreviewed(OperationForm form) {
        await().untilAsserted(() -> assertThat(preview(form))
                .as(form.query().toString())
                .returns(0, OperationPreview::getInFlightCount)
                .returns(false, OperationPreview::getDeferred)
                .returns(
                        Transaction.State.ABORTED, preview -> preview.getAfter().getState()));
        OperationPreview preview = preview(form);
        var stub = server.operator().withDeadlineAfter(PatientAwaits.BOUND);
        OperationForm bound = form.at(preview.getRevision(), preview.getFence());
        Transaction done = ClientCalls.blockingUnaryCall(
                stub.getChannel(),
                bound.method(),
                stub.getCallOptions(),
                requireNonNull(bound.request(ByteString.EMPTY)));
        assertThat(done.getUnchanged()).isFalse();
        await().until(() -> server.get(form.gid()).getState() == Transaction.State.ABORTED);
    }

    @Test
    void an_abort_reject_or_force_finish_withdraws_an_unsent_call() {
        for (String act : List.of("abort", "force-finish")) {
            submit(act, "limit", "");
            assertFinishesAsPreviewed(form(act, act, "as", "ABORTED"));
        }
        submit("reject", "limit", ", {\"id\": \"manager\", \"approval\": {\"within\": \"3600s\"}}");
        await().until(() -> server.get("reject").getBranches(1).hasNextAttemptTime());
        assertFinishesAsPreviewed(form("reject", "reject", "branch", "manager"));
    }

    @Test
    void an_abort_waits_for_sent_calls_only() {
        submit("half", "limit", ", " + step("left", "shop", "/hang"));
        await().untilAsserted(() -> assertThat(preview(form("half", "abort")).getInFlightList())
                .extracting(OperationPreview.Call::getBranch)
                .containsExactly("left"));
        assertThat(preview(form("half", "abort")))
                .returns(true, OperationPreview::getDeferred)
                .returns(false, OperationPreview::hasNextTime);
    }

    @Test
    void a_call_that_connects_over_http_is_shown_as_connecting_and_awaited() {
        submit("shown", "connection", "");
        await().untilAsserted(() -> {
            assertThat(server.get("shown").getWaiting().getKind()).isEqualTo(Waiting.Kind.CONNECTING);
            for (String act : List.of("retry", "park")) {
                assertThat(preview(form("shown", act)).getAfter().getBranches(0).getState())
                        .isEqualTo(BranchStatus.State.PENDING);
            }
            assertThat(preview(form("shown", "abort")))
                    .returns(1, OperationPreview::getInFlightCount)
                    .returns(true, OperationPreview::getDeferred);
        });
    }
}

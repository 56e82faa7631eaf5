package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.wire.TraceParent;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of submits. {@link SubmitContractTest} verifies the responses of single items. */
class SubmitStreamServerTest {
    private static final int MANY = 4000;

    @TempDir
    static Path folder;

    private static LoopbackHttp shop;
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(_ -> Answer.of(200, "\"" + "x".repeat(1_000_000) + "\""));
        api = LocalCoordinator.start(
                "participants.stock.target", "127.0.0.1:1", "participants.shop.target", shop.url());
    }

    @AfterAll
    static void stop() {
        api.close();
        shop.close();
    }

    private static SubmitTransactionRequest scheduled(String gid) {
        return SamplePlans.request(SamplePlans.scheduled(gid));
    }

    private static SubmitTransactionRequest waiting(String gid) {
        return SamplePlans.waiting(SamplePlans.asking(gid));
    }

    private static void approve(Client at, String gid) {
        await().ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                .untilAsserted(
                        () -> assertThat(at.approve(gid, "manager").getGid()).isEqualTo(gid));
    }

    private static void assertStillRuns(String gid) {
        await().ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                .until(() -> api.get(gid).getBranches(0).getState() == BranchStatus.State.AWAITING_APPROVAL);
    }

    @Test
    void each_of_4000_items_is_answered_once_and_messages_contain_several() {
        StreamClient client = StreamClient.open(api.channel);
        for (int from = 1; from < MANY; from += 100) {
            client.send(LongStream.range(from, from + 100)
                    .mapToObj(id -> StreamClient.item(id, scheduled("t-" + id)))
                    .toArray(SubmitItem[]::new));
            int sent = from + 99;
            // Fewer in flight than the limit.
            await().until(() -> sent - client.answers.size() < SubmitStreamServer.MAX_IN_FLIGHT / 2);
        }
        await().until(() -> client.answers.size() == MANY);
        assertThat(client.messages.stream()
                        .mapToInt(SubmitTransactionsResponse::getAnswersCount)
                        .sum())
                .isEqualTo(MANY);
        assertThat(client.messages).hasSizeLessThan(MANY / 2);
        assertThat(client.answers)
                .allSatisfy((id, answer) -> assertThat(
                                answer.getResponse().getTransaction().getGid())
                        .isEqualTo("t-" + id));
    }

    @Test
    void a_waiting_item_does_not_delay_another_item() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("slow"));
        client.send(2, scheduled("fast"));
        assertThat(client.answer(2).hasResponse()).isTrue();
        assertThat(client.answers).doesNotContainKey(1L);
        approve(api, "slow");
        assertThat(client.answer(1).getResponse().getTransaction().getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    @Test
    void each_item_has_its_own_trace() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        StreamClient client = StreamClient.open(api.channel);
        client.send(
                StreamClient.item(1, called("traced")).toBuilder()
                        .setTraceparent(trace)
                        .build(),
                StreamClient.item(2, called("untraced")).toBuilder()
                        .setTraceparent("nonsense")
                        .build());
        assertThat(client.answer(1).hasResponse()).isTrue();
        assertThat(client.answer(2).hasResponse()).isTrue();
        assertThat(traceOf("traced")).isEqualTo(trace);
        assertThat(traceOf("untraced"))
                .isEqualTo(TraceParent.ofCall("untraced", "only", "action", 1).header());
    }

    private static String traceOf(String gid) {
        return shop.arrived().stream()
                .filter(call -> call.header("entente-gid").equals(gid))
                .findFirst()
                .orElseThrow()
                .header("traceparent");
    }

    /** Calls the shop, which returns a large response as the result. */
    private static SubmitTransactionRequest called(String gid) {
        return SamplePlans.waiting(SamplePlans.oneStep(gid, SamplePlans.http("shop", "/pay")).toBuilder()
                .setResultBranch("only")
                .build());
    }

    @Test
    void a_cancelled_item_gets_no_response_and_its_transaction_continues() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("cancelled"));
        assertStillRuns("cancelled");
        client.cancelItem(1);
        approve(api, "cancelled");
        client.send(2, scheduled("behind"));
        assertThat(client.answer(2).hasResponse()).isTrue();
        assertThat(client.answers).containsOnlyKeys(2L);
        assertThat(api.get("cancelled").getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    @Test
    void an_item_past_its_timeout_is_refused_and_its_transaction_continues() throws Exception {
        StreamClient client = StreamClient.open(api.channel);
        client.send(StreamClient.item(1, waiting("late")).toBuilder()
                .setTimeoutMillis(30)
                .build());
        assertThat(client.refused(1).status()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertStillRuns("late");
    }

    @Test
    void a_broken_stream_aborts_no_transaction() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("broken"));
        assertStillRuns("broken");
        client.breakOff();
        assertThat(client.end()).isNotEqualTo(Status.OK);
        assertStillRuns("broken");
    }

    @Test
    void a_stream_with_many_unread_responses_is_paused() {
        StreamClient idle = StreamClient.thatDoesNotRead(api.channel);
        int sent = 3 * SubmitStreamServer.MAX_IN_FLIGHT;
        SubmitTransactionRequest checked =
                scheduled("idle").toBuilder().setValidateOnly(true).build();
        for (int id = 1; id < sent; id++) {
            idle.send(id, checked);
        }
        idle.send(sent, scheduled("idle"));
        StreamClient other = StreamClient.open(api.channel);
        other.send(1, scheduled("other"));
        assertThat(other.answer(1).hasResponse()).isTrue();
        assertThat(api.number("select count(*) from open_transaction where gid = 'idle'"))
                .isZero();
        idle.read(sent);
        await().until(() -> idle.answers.size() == sent);
        assertThat(api.number("select count(*) from open_transaction where gid = 'idle'"))
                .isOne();
    }

    @Test
    void a_stream_with_a_few_large_unread_responses_is_paused() {
        StreamClient other = StreamClient.open(api.channel);
        other.send(1, called("large"));
        assertThat(other.answer(1).hasResponse()).isTrue();
        StreamClient idle = StreamClient.thatDoesNotRead(api.channel);
        for (int id = 1; id <= 20; id++) {
            idle.send(id, called("large"));
            // By now the idle client's item is answered too, or nearly.
            other.send(id + 1, called("large"));
            assertThat(other.answer(id + 1).hasResponse()).isTrue();
        }
        idle.send(21, scheduled("after-large"));
        other.send(22, scheduled("other-large"));
        assertThat(other.answer(22).hasResponse()).isTrue();
        assertThat(api.number("select count(*) from open_transaction where gid = 'after-large'"))
                .isZero();
        idle.read(21);
        await().until(() -> idle.answers.size() == 21);
        assertThat(api.number("select count(*) from open_transaction where gid = 'after-large'"))
                .isOne();
    }

    @Test
    void an_item_beyond_the_limit_in_flight_is_refused_before_any_write() throws Exception {
        StreamClient client = StreamClient.open(api.channel);
        for (int id = 1; id <= SubmitStreamServer.MAX_IN_FLIGHT; id++) {
            client.send(id, waiting("full"));
        }
        long beyond = SubmitStreamServer.MAX_IN_FLIGHT + 1L;
        client.send(beyond, waiting("beyond"));
        Refused refused = client.refused(beyond);
        assertThat(refused.code()).isEqualTo("ENT-050");
        assertThat(refused.hasRetryInfo()).isTrue();
        assertThat(api.number("select count(*) from open_transaction where gid = 'beyond'"))
                .isZero();
        client.cancelItem(1);
        AtomicLong next = new AtomicLong(beyond);
        await().until(() -> {
            client.send(next.incrementAndGet(), scheduled("after-full"));
            return client.answer(next.get()).hasResponse();
        });
        client.breakOff();
    }

    @Test
    void a_draining_coordinator_answers_items_in_flight_and_refuses_new_items() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        LoopbackHttp slow = LoopbackHttp.start(_ -> {
            mayAnswer.await();
            return Answer.of(200, "{}");
        });
        LocalCoordinator draining = LocalCoordinator.start("participants.shop.target", slow.url(), "drain", "10m");
        Thread drain = Thread.ofVirtual().unstarted(draining.server::drain);
        try {
            StreamClient client = StreamClient.open(draining.channel);
            client.send(1, called("t-1"));
            await().until(() -> !slow.arrived().isEmpty());
            drain.start();
            await().until(() -> client.messages.stream().anyMatch(SubmitTransactionsResponse::getClosing));
            StreamClient later = StreamClient.open(draining.channel);
            await().until(() -> later.messages.stream().anyMatch(SubmitTransactionsResponse::getClosing));
            client.send(2, scheduled("t-2"));
            Refused refused = client.refused(2);
            assertThat(refused.code()).isEqualTo("ENT-051");
            assertThat(refused.hasRetryInfo()).isTrue();
            client.halfClose();
            mayAnswer.countDown();
            assertThat(client.answer(1).hasResponse()).isTrue();
            assertThat(client.end()).isEqualTo(Status.OK);
        } finally {
            mayAnswer.countDown();
            drain.join();
            draining.close();
            slow.close();
        }
    }

    @Test
    void a_stopping_coordinator_ends_a_stream_with_unanswered_items() {
        LocalCoordinator draining = LocalCoordinator.start();
        StreamClient client = StreamClient.open(draining.channel);
        client.send(1, waiting("t-1"));
        await().until(() -> draining.number("select count(*) from open_transaction") == 1);
        draining.server.drain();
        // The stream or its connection is closed, whichever comes first.
        assertThat(client.end().getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
        assertThat(client.answers.values()).noneMatch(SubmitAnswer::hasResponse);
        draining.close();
    }

    @Test
    void a_repeated_id_of_an_item_in_flight_ends_the_stream() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("twice-1"));
        client.send(1, waiting("twice-2"));
        assertThat(client.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(client.end().getDescription()).contains("ENT-001");
    }

    @Test
    void a_revoked_token_refuses_new_items_and_items_in_flight_are_answered() throws Exception {
        Principals principals = new Principals(folder, "shop submitter", "ops operator");
        try (LocalCoordinator guarded = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "participants.stock.target", "127.0.0.1:1")) {
            StreamClient client = StreamClient.open(principals.at(guarded, "shop").channel);
            client.send(1, waiting("t-1"));
            await().until(() -> guarded.number("select count(*) from open_transaction") == 1);
            principals.revoke("shop");
            await().until(() -> guarded.metrics().contains("entente_auth_tokens 1.0"));
            client.send(2, scheduled("t-2"));
            assertThat(client.refused(2).code()).isEqualTo("ENT-060");
            approve(principals.at(guarded, "ops"), "t-1");
            assertThat(client.answer(1).getResponse().getTransaction().getState())
                    .isEqualTo(Transaction.State.SUCCEEDED);
            assertThat(client.messages.stream().anyMatch(SubmitTransactionsResponse::getClosing))
                    .isTrue();
            client.halfClose();
            assertThat(client.end().isOk()).isTrue();
        }
    }
}

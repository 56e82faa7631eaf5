package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.api.access.Tokens;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of submits on a real socket. What single items are answered, {@link SubmitContractTest} tells. */
class SubmitStreamServerTest {
    private LoopbackApi api;
    private FakeTransactions transactions;

    @BeforeEach
    void open() throws IOException {
        api = LoopbackApi.open();
        transactions = api.transactions;
    }

    @AfterEach
    void close() {
        api.close();
    }

    private static SubmitTransactionRequest saga(String gid) {
        return SubmitTransactionRequest.newBuilder()
                .setPlan(SamplePlans.saga(gid))
                .build();
    }

    private static SubmitTransactionRequest waiting(String gid) {
        return saga(gid).toBuilder().setWait(Durations.fromMinutes(5)).build();
    }

    @Test
    void ten_thousand_items_are_each_answered_once() {
        StreamClient client = StreamClient.open(api.channel);
        for (int from = 1; from < 10_000; from += 100) {
            client.send(LongStream.range(from, from + 100)
                    .mapToObj(id -> StreamClient.item(id, saga("t-" + id)))
                    .toArray(SubmitItem[]::new));
        }
        await().until(() -> client.answers.size() == 10_000);
        assertThat(client.messages.stream()
                        .mapToInt(SubmitTransactionsResponse::getAnswersCount)
                        .sum())
                .isEqualTo(10_000);
        assertThat(client.answers)
                .allSatisfy((id, answer) -> assertThat(
                                answer.getResponse().getTransaction().getGid())
                        .isEqualTo("t-" + id));
        assertThat(transactions.submissions).hasSize(10_000);
    }

    @Test
    void items_that_end_together_are_answered_in_one_message() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(LongStream.range(1, 101)
                .mapToObj(id -> StreamClient.item(id, saga("t-" + id)))
                .toArray(SubmitItem[]::new));
        await().until(() -> client.answers.size() == 100);
        assertThat(client.messages).hasSize(1);
    }

    @Test
    void an_item_that_waits_for_minutes_holds_up_no_other() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("slow"));
        client.send(2, saga("fast"));
        assertThat(client.answer(2).hasResponse()).isTrue();
        await().until(() -> transactions.waiting("slow") == 1);
        assertThat(client.answers).doesNotContainKey(1L);
        transactions.succeed("slow", ByteString.EMPTY);
        assertThat(client.answer(1).getResponse().getTransaction().getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    @Test
    void each_item_has_a_trace_of_its_own() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        StreamClient client = StreamClient.open(api.channel);
        client.send(
                StreamClient.item(1, saga("t-1")).toBuilder()
                        .setTraceparent(trace)
                        .build(),
                StreamClient.item(2, saga("t-2")).toBuilder()
                        .setTraceparent("nonsense")
                        .build());
        assertThat(client.answer(1).hasResponse()).isTrue();
        assertThat(client.answer(2).hasResponse()).isTrue();
        assertThat(Objects.requireNonNull(transactions.submissions.get("t-1")).traceparent())
                .isEqualTo(trace);
        assertThat(Objects.requireNonNull(transactions.submissions.get("t-2")).traceparent())
                .isNull();
    }

    @Test
    void a_cancelled_item_is_not_answered_and_nothing_is_aborted() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("t-1"));
        await().until(() -> transactions.waiting("t-1") == 1);
        client.cancelItem(1);
        await().until(() -> transactions.waiting("t-1") == 0);
        client.send(2, saga("t-2"));
        assertThat(client.answer(2).hasResponse()).isTrue();
        assertThat(client.answers).containsOnlyKeys(2L);
        assertThat(transactions.acts).isEmpty();
        assertThat(transactions.submissions).containsOnlyKeys("t-1", "t-2");
    }

    @Test
    void an_item_whose_time_is_over_is_told_so_and_nothing_is_aborted() throws Exception {
        StreamClient client = StreamClient.open(api.channel);
        client.send(StreamClient.item(1, waiting("t-1")).toBuilder()
                .setTimeoutMillis(30)
                .build());
        assertThat(client.refused(1).status()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await().until(() -> transactions.waiting("t-1") == 0);
        assertThat(transactions.acts).isEmpty();
    }

    @Test
    void a_broken_stream_ends_the_waiting_and_aborts_nothing() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("t-1"));
        await().until(() -> transactions.waiting("t-1") == 1);
        client.breakOff();
        await().until(() -> transactions.waiting("t-1") == 0);
        assertThat(transactions.acts).isEmpty();
    }

    @Test
    void a_client_that_does_not_read_its_answers_is_not_read_from_for_ever() {
        StreamClient idle = StreamClient.thatDoesNotRead(api.channel);
        int sent = 3 * SubmitStreamServer.MAX_UNDER_WAY;
        for (int id = 1; id <= sent; id++) {
            idle.send(id, saga("t-" + id));
        }
        StreamClient other = StreamClient.open(api.channel);
        other.send(1, saga("other"));
        assertThat(other.answer(1).hasResponse()).isTrue();
        assertThat(transactions.submissions).hasSizeLessThan(sent);
        idle.read(sent);
        await().until(() -> idle.answers.size() == sent);
    }

    @Test
    void a_client_that_does_not_read_large_answers_is_not_read_from_after_a_few() {
        StreamClient other = StreamClient.open(api.channel);
        other.send(1, saga("large"));
        assertThat(other.answer(1).hasResponse()).isTrue();
        transactions.succeed("large", ByteString.copyFrom(new byte[1 << 20]));
        StreamClient idle = StreamClient.thatDoesNotRead(api.channel);
        for (int id = 1; id <= 20; id++) {
            idle.send(id, saga("large"));
        }
        idle.send(21, saga("after"));
        other.send(2, saga("other"));
        assertThat(other.answer(2).hasResponse()).isTrue();
        assertThat(transactions.submissions).doesNotContainKey("after");
        idle.read(21);
        await().until(() -> idle.answers.size() == 21);
        assertThat(transactions.submissions).containsKey("after");
    }

    @Test
    void more_than_may_be_under_way_are_refused_before_anything_is_written() throws Exception {
        try (LoopbackApi roomy = LoopbackApi.withRoomFor(2 * SubmitStreamServer.MAX_UNDER_WAY)) {
            StreamClient client = StreamClient.open(roomy.channel);
            for (int id = 1; id <= SubmitStreamServer.MAX_UNDER_WAY; id++) {
                client.send(id, waiting("t-" + id));
            }
            long beyond = SubmitStreamServer.MAX_UNDER_WAY + 1L;
            client.send(beyond, waiting("beyond"));
            Refused refused = client.refused(beyond);
            assertThat(refused.code()).isEqualTo("ENT-050");
            assertThat(refused.hasRetryInfo()).isTrue();
            assertThat(roomy.transactions.submissions).doesNotContainKey("beyond");
            client.cancelItem(1);
            await().until(() -> roomy.transactions.waiting("t-1") == 0);
            client.send(beyond + 1, saga("after"));
            assertThat(client.answer(beyond + 1).hasResponse()).isTrue();
        }
    }

    @Test
    void a_coordinator_that_goes_answers_what_is_under_way_and_takes_nothing_new() throws Exception {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("t-1"));
        await().until(() -> transactions.waiting("t-1") == 1);
        api.unready();
        await().until(() -> client.messages.stream().anyMatch(SubmitTransactionsResponse::getClosing));
        client.send(2, saga("t-2"));
        Refused refused = client.refused(2);
        assertThat(refused.code()).isEqualTo("ENT-051");
        assertThat(refused.hasRetryInfo()).isTrue();
        client.halfClose();
        transactions.succeed("t-1", ByteString.EMPTY);
        assertThat(client.answer(1).hasResponse()).isTrue();
        assertThat(client.end()).isEqualTo(Status.OK);
        assertThat(transactions.submissions).containsOnlyKeys("t-1");
    }

    @Test
    void a_stream_that_is_opened_while_the_coordinator_goes_is_told_at_once() {
        api.unready();
        StreamClient client = StreamClient.open(api.channel);
        await().until(() -> client.messages.stream().anyMatch(SubmitTransactionsResponse::getClosing));
    }

    @Test
    void what_is_unanswered_when_the_coordinator_ends_is_told_by_the_end_of_the_stream() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("t-1"));
        await().until(() -> transactions.waiting("t-1") == 1);
        api.stop();
        // whichever comes first: the stream broken off, or its connection
        assertThat(client.end().getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
        assertThat(client.answers).isEmpty();
        assertThat(transactions.acts).isEmpty();
    }

    @Test
    void an_id_that_is_under_way_already_ends_the_stream() {
        StreamClient client = StreamClient.open(api.channel);
        client.send(1, waiting("t-1"));
        client.send(1, waiting("t-2"));
        assertThat(client.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(client.end().getDescription()).contains("ENT-001");
    }

    @Test
    void a_token_that_is_revoked_ends_the_stream_with_the_next_message(@TempDir Path folder) throws Exception {
        Tokens.Created created = Tokens.none().create("shop", Set.of(Access.SUBMITTER));
        Path file = folder.resolve("tokens");
        created.tokens().write(file);
        TokenFile tokens = Proofs.tokens(file);
        try (LoopbackApi guarded = LoopbackApi.withTokens(tokens)) {
            StreamClient client = StreamClient.open(guarded.as(created.secret()));
            client.send(1, saga("t-1"));
            assertThat(client.answer(1).hasResponse()).isTrue();
            Tokens.none().write(file);
            tokens.refresh();
            client.send(2, saga("t-2"));
            assertThat(client.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(guarded.transactions.submissions).containsOnlyKeys("t-1");
        }
    }

    @Test
    void only_those_who_may_submit_may_open_one(@TempDir Path folder) throws Exception {
        Tokens.Created created = Tokens.none().create("eyes", Set.of(Access.VIEWER));
        Path file = folder.resolve("tokens");
        created.tokens().write(file);
        try (LoopbackApi guarded = LoopbackApi.withTokens(Proofs.tokens(file))) {
            assertThat(StreamClient.open(guarded.as(created.secret())).end().getCode())
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(StreamClient.open(guarded.channel).end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
    }
}

package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.decision.Act;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.engine.HeldElsewhere;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two coordinators: `owner` holds t-1, and `asked` knows that another does. */
class ForwardingTest {
    private static final Deadline.Ticker NO_TIME_PASSES = new Deadline.Ticker() {
        @Override
        public long nanoTime() {
            return 0;
        }
    };

    private static final long OWNER = 8;

    private LoopbackApi owner;
    private LoopbackApi asked;

    @BeforeEach
    void open() throws IOException {
        owner = LoopbackApi.open("node-b");
        asked = LoopbackApi.open();
        tell(asked, owner);
        submit(owner);
    }

    private static void tell(LoopbackApi asked, LoopbackApi owner) {
        asked.membership.add(OWNER, "node-b", "127.0.0.1:" + owner.port);
        asked.transactions.heldElsewhere.put("t-1", OWNER);
    }

    private static void submit(LoopbackApi api) {
        submit(api, "t-1");
    }

    private static void submit(LoopbackApi api, String gid) {
        var _ = api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga(gid))
                        .build());
    }

    @AfterEach
    void close() {
        asked.close();
        owner.close();
    }

    @Test
    void a_get_is_answered_by_the_owner() {
        Transaction transaction = asked.client()
                .getTransaction(GetTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(transaction.getState()).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void an_abort_is_done_by_the_owner_in_the_callers_name() {
        var _ = asked.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("enough")
                        .build());
        assertThat(owner.transactions.acts).containsExactly(new Act.Abort("enough", "anonymous@127.0.0.1", false));
        assertThat(asked.transactions.acts).containsExactly(new Act.Abort("enough", "anonymous@127.0.0.1", false));
    }

    @Test
    void an_operators_act_and_a_refusal_go_through_as_they_are() throws Exception {
        owner.transactions.failure = Refusal.of(ErrorCode.ACT_IMPOSSIBLE, "it is not parked");
        Refused refused = Refused.by(() -> asked.operator()
                .resumeTransaction(OperateRequest.newBuilder().setGid("t-1").build()));
        assertThat(refused.status()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.code()).isEqualTo("ENT-045");
        assertThat(refused.message()).contains("it is not parked");
    }

    @Test
    void a_retried_submit_waits_here_for_the_end_at_the_owner() throws Exception {
        submit(asked);
        Future<SubmitTransactionResponse> answer = TransactionServiceGrpc.newFutureStub(asked.channel)
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                        .build());
        await().until(() -> asked.transactions.waiting("t-1") == 1);
        asked.transactions.succeed("t-1", null);
        assertThat(answer.get().getAlreadyKnown()).isTrue();
        assertThat(answer.get().getTransaction().getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(owner.transactions.waiting("t-1")).isZero();
    }

    @Test
    void a_submit_whose_wait_is_over_is_answered_here_and_not_passed_on_to_wait_again() {
        submit(asked);
        owner.close(); // so that whoever is asked there cannot answer
        SubmitTransactionResponse answer = asked.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .setWait(Durations.fromMillis(30))
                        .build());
        assertThat(answer.getAlreadyKnown()).isTrue();
        assertThat(answer.getTransaction().getState()).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void an_abort_that_waits_while_another_takes_over_is_not_passed_on_to_wait_again() {
        submit(asked);
        asked.transactions.heldElsewhere.clear();
        owner.close();
        asked.transactions.whenAwaited = () -> asked.transactions.heldElsewhere.put("t-1", OWNER);
        Transaction answer = asked.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setWait(Durations.fromMillis(30))
                        .build());
        assertThat(asked.transactions.heldElsewhere).containsKey("t-1");
        assertThat(answer.getState()).isEqualTo(Transaction.State.RUNNING);
        assertThat(asked.transactions.acts).hasSize(1);
    }

    @Test
    void a_watch_follows_the_owner_to_the_end() {
        Iterator<Transaction> watch = asked.client()
                .watchTransaction(
                        WatchTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(watch.next().getRevision()).isEqualTo(1);
        owner.transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(2);
        owner.transactions.succeed("t-1", null);
        assertThat(watch.next().getTerminal()).isTrue();
        assertThat(watch.hasNext()).isFalse();
    }

    @Test
    void a_watch_given_up_here_ends_at_the_owner_too() {
        Iterator<Transaction> watch = asked.client()
                .watchTransaction(
                        WatchTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(watch.next().getGid()).isEqualTo("t-1");
        asked.channel.shutdownNow();
        await().until(() -> owner.transactions.watchers("t-1") == 0);
    }

    @Test
    void nothing_is_passed_on_twice() throws Exception {
        owner.transactions.heldElsewhere.put("t-1", 9L);
        owner.membership.add(9, "node-c", "127.0.0.1:1");
        Refused refused = Refused.by(() -> asked.client()
                .getTransaction(GetTransactionRequest.newBuilder().setGid("t-1").build()));
        assertThat(refused.code()).isEqualTo("ENT-053");
        assertThat(refused.message()).contains("it moved meanwhile");
    }

    @Test
    void an_owner_that_cannot_be_reached_is_named_and_worth_asking_again() throws Exception {
        owner.close();
        Refused refused = Refused.by(() -> asked.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("enough")
                        .build()));
        assertThat(refused.status()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refused.code()).isEqualTo("ENT-053");
        assertThat(refused.hasRetryInfo()).isTrue();
        assertThat(refused.message()).contains("node-b").doesNotContain("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix:/run/docker.sock",
                "xds:///shop",
                "dns://127.0.0.1/shop:1",
                "http://127.0.0.1:1",
                "127.0.0.1:1/x",
                "127.0.0.1",
                ""
            })
    void an_address_that_is_no_host_and_port_is_not_called(String address) throws Exception {
        asked.membership.add(9, "node-c", address);
        asked.transactions.heldElsewhere.put("t-2", 9L);
        asked.transactions.refusals.put("t-2", new HeldElsewhere(9));
        Refused refused = Refused.by(() -> asked.client()
                .abortTransaction(
                        AbortTransactionRequest.newBuilder().setGid("t-2").build()));
        assertThat(refused.code()).isEqualTo("ENT-053");
        assertThat(refused.message()).contains("node-c", "its address in the table is no host:port");
    }

    @Test
    void an_answer_of_five_mebibytes_goes_through() {
        ByteString result = ByteString.copyFrom(new byte[5 << 20]);
        owner.transactions.succeed("t-1", result);
        Transaction transaction = asked.client()
                .withMaxInboundMessageSize(16 << 20)
                .getTransaction(GetTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(transaction.getResult().getRaw()).isEqualTo(result);
    }

    @Test
    void an_answer_too_large_to_be_passed_on_is_told_as_such_and_the_channel_is_kept() {
        owner.transactions.succeed("t-1", ByteString.copyFrom(new byte[2000]));
        AtomicInteger connected = new AtomicInteger();
        Forwarding forwarding = new Forwarding(
                new Peers("node-a", asked.membership::peers, _ -> CompletableFuture.completedFuture(Map.of())),
                Proofs.of("node-a"),
                address -> {
                    connected.incrementAndGet();
                    return NettyChannelBuilder.forTarget(address)
                            .usePlaintext()
                            .maxInboundMessageSize(1000)
                            .build();
                });
        try {
            for (int i = 0; i < 2; i++) {
                assertThat(forwarding.ask(
                                OWNER,
                                TransactionServiceGrpc.getGetTransactionMethod(),
                                GetTransactionRequest.newBuilder().setGid("t-1").build(),
                                Caller.anonymous("127.0.0.1", null, null),
                                Forwarding.within(Duration.ZERO, null)))
                        .failsWithin(PatientAwaits.BOUND)
                        .withThrowableThat()
                        .withCauseInstanceOf(Refusal.class)
                        .withMessageContaining("ENT-023");
            }
        } finally {
            forwarding.close();
        }
        assertThat(connected).hasValue(1);
    }

    @Test
    void an_owner_that_nobody_knows_is_no_defect() throws Exception {
        asked.transactions.heldElsewhere.put("t-2", 99L);
        Refused refused = Refused.by(() -> asked.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-2")
                        .setReason("enough")
                        .build()));
        assertThat(refused.code()).isEqualTo("ENT-053");
    }

    @Test
    void what_comes_while_this_one_shuts_down_is_done_by_another() {
        shutDown(asked);
        submit(asked, "t-2");
        var _ = asked.client()
                .beginTransaction(BeginTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.emptyTcc("t-3"))
                        .build());
        var _ = asked.client()
                .abortTransaction(
                        AbortTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(owner.transactions.submissions).containsOnlyKeys("t-1", "t-2", "t-3");
        assertThat(owner.transactions.acts).containsExactly(new Act.Abort("", "anonymous@127.0.0.1", false));
    }

    @Test
    void what_comes_while_this_one_shuts_down_and_nobody_else_lives_is_refused_for_now() throws Exception {
        shutDown(asked);
        asked.membership.peers.removeIf(peer -> peer.incarnation() == OWNER);
        Refused refused = Refused.by(() -> submit(asked, "t-2"));
        assertThat(refused.code()).isEqualTo("ENT-051");
        assertThat(refused.hasRetryInfo()).isTrue();
    }

    @Test
    void what_comes_while_all_shut_down_is_passed_on_once_and_refused_for_now() throws Exception {
        shutDown(asked);
        shutDown(owner);
        owner.membership.add(9, "node-c", "127.0.0.1:1");
        Refused refused = Refused.by(() -> submit(asked, "t-2"));
        assertThat(refused.code()).isEqualTo("ENT-051");
    }

    private static void shutDown(LoopbackApi api) {
        api.unready();
        api.transactions.failure = Refusal.temporary(ErrorCode.DRAINING, "it shuts down", Duration.ofMillis(500));
    }

    @Test
    void an_act_on_many_reaches_each_at_its_owner() {
        asked.records.rows.add(SampleRows.open("t-1", OWNER));
        var answers = asked.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setAct("retry")
                        .setReason("mended")
                        .build());
        assertThat(answers.next().getApplied()).isTrue();
        assertThat(owner.transactions.acts).containsExactly(new Act.Retry("anonymous@127.0.0.1", "mended", 0));
    }

    @Test
    void a_get_shows_the_row_where_the_owner_cannot_be_reached() {
        submit(asked);
        owner.close();
        Transaction transaction = asked.client()
                .getTransaction(GetTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(transaction.getState()).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void a_get_that_waits_goes_on_at_the_row_when_the_owner_cannot_be_reached() throws Exception {
        submit(asked);
        owner.close();
        Future<Transaction> answer = TransactionServiceGrpc.newFutureStub(asked.channel)
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                        .build());
        await().until(() -> asked.transactions.waiting("t-1") == 1);
        asked.transactions.succeed("t-1", null);
        assertThat(answer.get().getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    @Test
    void a_get_that_waits_is_told_the_end_though_the_owner_never_answers() throws Exception {
        submit(asked);
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            asked.membership.add(9, "node-c", "127.0.0.1:" + silent.getLocalPort());
            asked.transactions.heldElsewhere.put("t-1", 9L);
            Future<Transaction> answer = TransactionServiceGrpc.newFutureStub(asked.channel)
                    .getTransaction(GetTransactionRequest.newBuilder()
                            .setGid("t-1")
                            .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                            .build());
            await().until(() -> asked.transactions.waiting("t-1") == 1);
            asked.transactions.succeed("t-1", null);
            assertThat(answer.get().getState()).isEqualTo(Transaction.State.SUCCEEDED);
        }
    }

    @Test
    void a_client_is_told_of_an_owner_that_never_answers_before_it_waits_no_longer_itself() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            asked.membership.add(9, "node-c", "127.0.0.1:" + silent.getLocalPort());
            asked.transactions.heldElsewhere.put("t-1", 9L);
            Refused refused = Refused.by(() -> asked.client()
                    .withDeadlineAfter(Duration.ofSeconds(12))
                    .abortTransaction(AbortTransactionRequest.newBuilder()
                            .setGid("t-1")
                            .setReason("enough")
                            .build()));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("node-c");
        }
    }

    @Test
    void another_coordinator_is_given_less_time_than_the_client_gives_this_one() {
        assertThat(Forwarding.within(Duration.ofSeconds(5), null)).isEqualTo(Duration.ofSeconds(15));
        assertThat(Forwarding.within(Duration.ofSeconds(5), Deadline.after(7, TimeUnit.SECONDS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMillis(6_500));
        assertThat(Forwarding.within(Duration.ofSeconds(5), Deadline.after(2, TimeUnit.SECONDS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMillis(1_500));
        assertThat(Forwarding.within(Duration.ZERO, Deadline.after(1, TimeUnit.HOURS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofSeconds(10));
    }
}

package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.admin.Queries;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What submits, waits and defects are answered. */
class TransactionApiTest {
    private static final int MAX_WAITING = 20_000;
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        api = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void a_plan_without_gid_gets_a_time_ordered_one() {
        String first = api.submit(SamplePlans.scheduled("")).getGid();
        String second = api.submit(SamplePlans.scheduled("")).getGid();
        assertThat(UUID.fromString(first).version()).isEqualTo(7);
        assertThat(first).isNotEqualTo(second);
        assertThat(first.substring(0, 13)).isLessThanOrEqualTo(second.substring(0, 13));
    }

    @Test
    void very_many_findings_fit_into_what_a_client_accepts() throws Exception {
        Plan.Builder broken = SamplePlans.saga("t-broken").toBuilder();
        for (int i = 0; i < 200; i++) {
            broken.getSagaBuilder()
                    .addSteps(SagaStep.newBuilder().setId("same").setAction(SamplePlans.call("nobody/a.B/C")));
        }
        Refused refused = Refused.by(() -> api.submit(broken.build()));
        // Each of 200 steps: no known participant, no undo, and an id that 199 have a second time.
        int found = 3 * 200 - 1;
        int reported = refused.violations().size() - 1;
        assertThat(refused.violations().getLast().getDescription())
                .startsWith((found - reported) + " more findings do not fit");
        assertThat(refused.message()).contains("(and " + (found - 1) + " more)");
    }

    @Test
    void a_gid_first_sent_long_ago_is_not_executed() throws Exception {
        Refused refused = Refused.by(() -> api.transactions()
                .submitTransaction(SamplePlans.request(SamplePlans.scheduled("t-old")).toBuilder()
                        .setFirstAttemptTime(Timestamps.fromSeconds(1_000_000))
                        .build()));
        assertThat(refused.status()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.code()).isEqualTo("ENT-032");
        assertThat(Refused.by(() -> api.get("t-old")).code()).isEqualTo("ENT-030");
    }

    @Test
    void where_it_is_strict_every_warning_is_a_refusal() throws Exception {
        Plan doubtful = SamplePlans.scheduled("t-strict").toBuilder()
                .setDeadline(Durations.fromSeconds(1))
                .setStartTime(Timestamps.add(Timestamps.now(), Durations.fromHours(1)))
                .build();
        SubmitTransactionRequest.Builder request = SamplePlans.request(doubtful).toBuilder();
        Refused refused = Refused.by(() ->
                api.transactions().submitTransaction(request.setStrict(true).build()));
        assertThat(refused.violations())
                .extracting(violation -> violation.getReason())
                .containsExactly("ENT-022");
        assertThat(refused.violations().getFirst().getDescription()).doesNotContain("warning");
        assertThat(api.transactions()
                        .submitTransaction(request.setStrict(false).build())
                        .getWarningsList())
                .hasSize(1);
    }

    @Test
    void clients_beyond_the_most_that_may_wait_are_refused_until_another_leaves() throws Exception {
        api.submit(SamplePlans.asking("t-wait"));
        GetTransactionRequest wait = Client.getOf("t-wait").toBuilder()
                .setWait(Durations.fromMinutes(5))
                .build();
        List<ManagedChannel> channels = new ArrayList<>();
        List<ListenableFuture<Transaction>> waiting = new ArrayList<>();
        for (int i = 0; i < MAX_WAITING; i++) {
            if (i % 5000 == 0) {
                channels.add(NettyChannelBuilder.forTarget(api.target())
                        .usePlaintext()
                        .build());
            }
            waiting.add(TransactionServiceGrpc.newFutureStub(channels.getLast()).getTransaction(wait));
        }
        try {
            await().untilAsserted(() -> {
                Refused refused = Refused.by(() -> api.transactions()
                        .withDeadlineAfter(Duration.ofMillis(500))
                        .getTransaction(wait));
                assertThat(refused.status()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                assertThat(refused.code()).isEqualTo("ENT-050");
                assertThat(refused.hasRetryInfo()).isTrue();
            });
            waiting.getFirst().cancel(true);
            await().ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                    .untilAsserted(() -> assertThat(api.transactions()
                                    .getTransaction(wait.toBuilder()
                                            .setWait(Durations.fromMillis(1))
                                            .build())
                                    .getState())
                            .isEqualTo(Transaction.State.RUNNING));
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }

    @Test
    void a_defect_is_told_by_an_incident_id_and_not_by_its_insides() throws Exception {
        Refused defect = Refused.by(() -> {
            throw Errors.of(new IllegalStateException("secret insides"));
        });
        assertThat(defect.status()).isEqualTo(Status.Code.INTERNAL);
        assertThat(defect.code()).isEqualTo("ENT-099");
        assertThat(defect.message()).doesNotContain("secret");
        assertThat(defect.message()).contains(defect.info().getMetadataMap().get("incident"));
    }

    @Test
    void a_store_that_is_full_or_away_asks_to_come_again() throws Exception {
        Map<RuntimeException, String> failures = Map.of(
                new StoreOverloaded("4096 writes wait"),
                "ENT-050 RESOURCE_EXHAUSTED",
                new StoreUnavailable("no route", null),
                "ENT-052 UNAVAILABLE");
        for (Map.Entry<RuntimeException, String> failure : failures.entrySet()) {
            Refused refused = Refused.by(() -> {
                throw Errors.of(failure.getKey());
            });
            assertThat(refused.code() + " " + refused.status()).isEqualTo(failure.getValue());
            assertThat(refused.hasRetryInfo()).isTrue();
        }
    }

    @Test
    void a_nodes_name_is_looked_up_once_it_is_asked_for_and_told_as_gone_where_nobody_knows_it() {
        Peers peers = new Peers(
                "node-a",
                () -> CompletableFuture.completedFuture(List.of()),
                _ -> CompletableFuture.completedFuture(Map.of(99L, new Queries.Owner("node-z", Instant.EPOCH, false))));
        assertThat(peers.meet(Set.of(99L, 98L))).isCompleted();
        assertThat(peers.node(99)).isEqualTo("node-z");
        assertThat(peers.node(98)).isEqualTo("incarnation 98, which is no longer alive");
        assertThat(peers.node(97)).isEqualTo("incarnation 97");
        assertThat(peers.node(97)).isEqualTo("incarnation 97, which is no longer alive");
    }
}

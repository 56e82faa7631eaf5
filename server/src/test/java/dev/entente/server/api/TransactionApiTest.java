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

/** Responses to submits, waits and defects. */
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
    void a_plan_without_gid_gets_a_time_ordered_gid() {
        String first = api.submit(SamplePlans.scheduled("")).getGid();
        String second = api.submit(SamplePlans.scheduled("")).getGid();
        assertThat(UUID.fromString(first).version()).isEqualTo(7);
        assertThat(first).isNotEqualTo(second);
        assertThat(first.substring(0, 13)).isLessThanOrEqualTo(second.substring(0, 13));
    }

    @Test
    void a_refusal_with_hundreds_of_findings_is_truncated_to_fit() throws Exception {
        Plan.Builder broken = SamplePlans.saga("t-broken").toBuilder();
        for (int i = 0; i < 200; i++) {
            broken.getSagaBuilder()
                    .addSteps(SagaStep.newBuilder().setId("same").setAction(SamplePlans.call("unknown/a.B/C")));
        }
        Refused refused = Refused.by(() -> api.submit(broken.build()));
        // Each of 200 steps: no known participant, no undo, and an id that 199 steps repeat.
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
    void a_strict_submit_is_refused_for_a_warning() throws Exception {
        Plan refusedProof = SamplePlans.scheduled("t-strict").toBuilder()
                .setDeadline(Durations.fromSeconds(1))
                .setStartTime(Timestamps.add(Timestamps.now(), Durations.fromHours(1)))
                .build();
        SubmitTransactionRequest.Builder request = SamplePlans.request(refusedProof).toBuilder();
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
    void a_waiting_client_beyond_the_limit_is_refused_until_another_leaves() throws Exception {
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
    void a_defect_is_reported_by_incident_id_without_its_message() throws Exception {
        Refused defect = Refused.by(() -> {
            throw Errors.of(new IllegalStateException("secret insides"));
        });
        assertThat(defect.status()).isEqualTo(Status.Code.INTERNAL);
        assertThat(defect.code()).isEqualTo("ENT-099");
        assertThat(defect.message()).doesNotContain("secret");
        assertThat(defect.message()).contains(defect.info().getMetadataMap().get("incident"));
    }

    @Test
    void a_full_or_unavailable_store_is_reported_as_retryable() throws Exception {
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
    void an_unknown_node_name_is_loaded_on_first_use_and_reported_as_not_alive() {
        Peers peers = new Peers(
                "node-a",
                () -> CompletableFuture.completedFuture(List.of()),
                _ -> CompletableFuture.completedFuture(Map.of(99L, new Queries.Owner("node-z", Instant.EPOCH, false))));
        assertThat(peers.lookUpNames(Set.of(99L, 98L))).isCompleted();
        assertThat(peers.node(99)).isEqualTo("node-z");
        assertThat(peers.node(98)).isEqualTo("incarnation 98, which is no longer alive");
        assertThat(peers.node(97)).isEqualTo("incarnation 97");
        assertThat(peers.node(97)).isEqualTo("incarnation 97, which is no longer alive");
    }
}

package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Act;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.admin.Subscriptions;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two coordinators: the other one holds t-1 at first, whoever is asked holds t-2. Both have a delivery on its way to
 * the subscriber.
 */
class UnsubscribeTest {
    private static final long OTHER = 8;

    private LoopbackApi asked;
    private LoopbackApi other;

    @BeforeEach
    void open() throws IOException {
        asked = LoopbackApi.open();
        other = LoopbackApi.open("node-b");
        asked.membership.add(OTHER, "node-b", "127.0.0.1:" + other.port);
        for (LoopbackApi api : List.of(asked, other)) {
            api.records.messages.addAll(List.of("t-1", "t-2"));
            submit(api, "t-1");
            submit(api, "t-2");
        }
        asked.records.subscriptions.put(
                "orders crm", new Subscriptions.Subscription("orders", "crm", ByteString.EMPTY, ByteString.EMPTY));
        asked.transactions.heldElsewhere.put("t-1", OTHER);
        other.transactions.heldElsewhere.put("t-2", FakeTransactions.INCARNATION);
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
        other.close();
    }

    private UnsubscribeResponse unsubscribe() {
        return TopicServiceGrpc.newBlockingStub(asked.channel)
                .unsubscribe(UnsubscribeRequest.newBuilder()
                        .setTopic("orders")
                        .setSubscriber("crm")
                        .build());
    }

    private static Refusal impossible(String why) {
        return Refusal.of(ErrorCode.ACT_IMPOSSIBLE, why);
    }

    private static Refusal nothing() {
        return Refusal.of(ErrorCode.DECIDED, "nothing of it is on its way");
    }

    @Test
    void each_coordinator_drops_what_it_holds() {
        other.transactions.whenActed = () -> asked.transactions.refusals.put("t-1", nothing());

        UnsubscribeResponse answer = unsubscribe();

        assertThat(answer.getExisted()).isTrue();
        assertThat(answer.getDropped()).as("counted once each").isEqualTo(2);
    }

    @Test
    void what_comes_here_before_its_owner_is_asked_is_dropped_here() {
        other.transactions.heldElsewhere.put("t-1", FakeTransactions.INCARNATION);
        other.transactions.whenActed = () -> asked.transactions.heldElsewhere.remove("t-1");

        assertThat(unsubscribe().getDropped()).isEqualTo(2);
    }

    @Test
    void what_keeps_changing_hands_is_no_success() throws Exception {
        other.transactions.heldElsewhere.put("t-1", 9L);

        Refused refused = Refused.by(this::unsubscribe);

        assertThat(refused.status()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refused.code()).isEqualTo("ENT-053");
        assertThat(refused.hasRetryInfo()).isTrue();
        assertThat(refused.message()).contains("t-1");
    }

    @Test
    void what_waits_for_recovery_after_a_failover_is_no_success_and_keeps_no_other() throws Exception {
        asked.transactions.heldElsewhere.clear();
        asked.transactions.refusals.put("t-1", impossible("it is parked; run `entente recover`"));

        Refused refused = Refused.by(this::unsubscribe);

        assertThat(refused.code()).isEqualTo("ENT-045");
        assertThat(refused.message()).contains("'t-1'").contains("`entente recover`");
        assertThat(asked.transactions.acts).hasSize(2);
    }

    @Test
    void what_another_coordinator_refuses_is_no_success() throws Exception {
        other.transactions.refusals.put("t-1", impossible("it is parked; run `entente recover`"));

        assertThat(Refused.by(this::unsubscribe).code()).isEqualTo("ENT-045");
    }

    @Test
    void what_may_be_dropped_is_dropped_before_a_call_is_awaited_and_where_it_takes_too_long() throws Exception {
        asked.transactions.heldElsewhere.clear();
        Refusal underWay = Refusal.temporary(ErrorCode.CALLS_UNDER_WAY, "a call hangs", Duration.ofSeconds(1));
        asked.transactions.refusals.put("t-1", underWay);

        Refused refused = Refused.by(this::unsubscribe);

        assertThat(asked.transactions.acts)
                .extracting(act -> ((Act.Drop) act).waits())
                .as("t-1, t-2, and t-1 again, which may be free in the end")
                .containsExactly(false, false, true, false);
        assertThat(refused.code()).isEqualTo("ENT-055");
        assertThat(refused.hasRetryInfo()).isTrue();
        assertThat(refused.message()).contains("the subscription is gone, but message 't-1' keeps its delivery");
    }

    @Test
    void what_ended_meanwhile_is_no_failure() {
        asked.transactions.heldElsewhere.clear();
        asked.transactions.refusals.put("t-1", nothing());
        asked.transactions.refusals.put("t-2", Refusal.notFound("t-2"));

        assertThat(unsubscribe().getDropped()).isZero();
    }
}

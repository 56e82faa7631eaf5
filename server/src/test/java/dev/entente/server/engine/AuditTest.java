package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.RowWrite;
import dev.entente.v1.Approval;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Verifies that the audit contains each operator action once, in the commit of its effect. */
class AuditTest {
    private static final TransactionRequest ABORT = new TransactionRequest.Abort("enough", "eve", true, 0);

    @Test
    void an_abort_that_waits_for_a_call_is_audited_with_its_decision() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> aborted = fixture.engine.act("a", ABORT);
        assertThat(fixture.store.writes).isEmpty();
        fixture.calls.remove().succeed();

        assertThat(aborted)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.UNDOING);
        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
        assertThat(audits(fixture))
                .containsExactly(new AuditRecord("eve", "abort", "a", "enough", "RUNNING", "UNDOING"));
        assertThat(fixture.store.writes.getFirst().audit()).isNotNull();
    }

    @Test
    void an_abort_with_nothing_to_undo_is_audited_with_the_final_state() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> aborted = fixture.engine.act("a", ABORT);
        fixture.calls.remove().answer().accept(new Outcome.Rejected("sold out", false));
        fixture.pass(Duration.ofSeconds(1));

        assertThat(aborted)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.ABORTED);
        assertThat(audits(fixture))
                .containsExactly(new AuditRecord("eve", "abort", "a", "enough", "RUNNING", "ABORTED"));
    }

    @Test
    void an_abort_by_the_client_is_not_audited() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> aborted =
                fixture.engine.act("a", new TransactionRequest.Abort("enough", "shop", false, 0));
        fixture.calls.remove().succeed();

        assertThat(aborted).isDone();
        assertThat(audits(fixture)).isEmpty();
    }

    @Test
    void an_approval_before_a_pivot_is_audited_in_one_of_three_writes() {
        EngineFixture fixture = new EngineFixture();
        var _ = fixture.engine.accept(approvalThenPivot());
        CompletableFuture<Snapshot> approved =
                fixture.engine.act("a", new TransactionRequest.DecideApproval("manager", true, "boss", "checked", 0));

        assertThat(approved).isCompleted();
        assertThat(fixture.calls).hasSize(1);
        assertThat(fixture.store.writes).as("rest, answer, pivot").hasSize(3);
        assertThat(fixture.store.writes.get(1).audit()).isNotNull();
        assertThat(audits(fixture)).extracting(AuditRecord::act).containsExactly("approve");
    }

    private static Submission approvalThenPivot() {
        Approval approval = Approval.newBuilder()
                .setPrompt("may it?")
                .setWithin(Durations.fromHours(1))
                .setOnExpiry(Approval.Expiry.REJECT)
                .build();
        Operation pay = Operation.newBuilder()
                .setGrpc("payment/shop.v1.PaymentService/Pay")
                .setRaw(ByteString.EMPTY)
                .build();
        Saga saga = Saga.newBuilder()
                .addSteps(SagaStep.newBuilder().setId("manager").setApproval(approval))
                .addSteps(SagaStep.newBuilder()
                        .setId("pay")
                        .setAction(pay)
                        .setNoUndo(true)
                        .setPivot(true))
                .build();
        return EngineFixture.submission("a", Plan.newBuilder().setSaga(saga));
    }

    private static List<AuditRecord> audits(EngineFixture fixture) {
        return fixture.store.writes.stream()
                .map(RowWrite::audit)
                .filter(Objects::nonNull)
                .toList();
    }
}

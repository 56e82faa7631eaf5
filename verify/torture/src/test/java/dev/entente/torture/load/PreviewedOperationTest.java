package dev.entente.torture.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.entente.torture.machine.CallRecords.Line;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Error;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The check of previews, with a preview of a retry that sends one call, and with each kind of wrong preview. */
class PreviewedOperationTest {
    private static final long ASKED = 1_000_000;
    private static final Transaction AFTER = Transaction.newBuilder()
            .setState(Transaction.State.RUNNING)
            .setRevision(5)
            .addHistory(HistoryEvent.newBuilder().setRevision(5).setStateAfter(Transaction.State.RUNNING))
            .build();
    private static final OperationPreview PREVIEW = OperationPreview.newBuilder()
            .setGid("g")
            .setRevision(4)
            .setAfter(AFTER)
            .addCalls(OperationPreview.Call.newBuilder()
                    .setBranch("pay")
                    .setOp("action")
                    .setAttempt(2)
                    .setParticipant("east"))
            .build();

    private static PreviewedOperation previewed(OperationPreview preview) {
        return previewed(newRequest(), preview);
    }

    private static PreviewedOperation previewed(PreviewActRequest.Builder request, OperationPreview preview) {
        return new PreviewedOperation(request.build(), preview, ASKED - 10, ASKED);
    }

    private static PreviewActRequest.Builder newRequest() {
        return PreviewActRequest.newBuilder();
    }

    private static List<String> unpreviewed(String call, long after, Line... before) {
        Line line = new Line(ASKED + after, call, false);
        return previewed(PREVIEW).unpreviewed(List.of(before.length == 0 ? line : before[0], line), AFTER);
    }

    @Test
    void a_result_that_equals_its_preview_is_no_difference() {
        assertThat(previewed(PREVIEW).doneWith(AFTER, AFTER)).isEmpty();
        assertThat(previewed(PREVIEW).calls()).containsExactly("pay action 2");
        assertThat(unpreviewed("pay action 2", 5)).isEmpty();
    }

    @Test
    void another_state_revision_or_history_is_a_difference() {
        Transaction parked = AFTER.toBuilder()
                .setParked(dev.entente.v1.Parked.newBuilder().setReasonValue(10))
                .build();
        assertThat(previewed(PREVIEW).doneWith(parked, AFTER)).hasSize(1);
        assertThat(previewed(PREVIEW).doneWith(AFTER.toBuilder().setRevision(4).build(), AFTER))
                .hasSize(1);
        assertThat(previewed(PREVIEW).doneWith(AFTER, Transaction.getDefaultInstance()))
                .hasSize(1);
    }

    @Test
    void an_unpreviewed_call_is_a_difference_without_an_earlier_response_or_time() {
        assertThat(unpreviewed("ship action 1", 5)).isNotEmpty();
        assertThat(unpreviewed("ship action 1", 5, new Line(ASKED + 3, "pay action 2", true)))
                .isEmpty();
        OperationPreview timed = PREVIEW.toBuilder()
                .setNextTime(Timestamps.fromMillis(ASKED + 4))
                .build();
        assertThat(previewed(timed).unpreviewed(List.of(new Line(ASKED + 5, "ship action 1", false)), AFTER))
                .isEmpty();
    }

    @Test
    void a_call_may_have_been_sent_before_the_operation_by_an_active_coordinator() {
        Line line = new Line(ASKED + 5, "ship action 1", false);
        OperationPreview held = PREVIEW.toBuilder()
                .setBefore(Transaction.newBuilder().setCoordinator("node-1"))
                .build();
        assertThat(previewed(held).unpreviewed(List.of(line), AFTER)).isEmpty();
    }

    @Test
    void a_step_with_a_child_transaction_is_done_without_a_line_in_a_ledger() {
        Line line = new Line(ASKED + 5, "ship action 1", false);
        Transaction then = AFTER.toBuilder()
                .addHistory(HistoryEvent.newBuilder()
                        .setRevision(6)
                        .setKind("CALL_FINISHED")
                        .setBranch("tell")
                        .setOp("action")
                        .setTime(Timestamps.fromMillis(ASKED + 2)))
                .build();
        assertThat(previewed(PREVIEW).unpreviewed(List.of(line), then)).isEmpty();
        Line compensation = new Line(ASKED + 900, "tell compensate 1", false);
        assertThat(previewed(PREVIEW).unpreviewed(List.of(line, compensation), then))
                .isEmpty();
        Line reported = new Line(ASKED - 20, "tell action 1", true);
        assertThat(previewed(PREVIEW).unpreviewed(List.of(reported, line), then))
                .isNotEmpty();
    }

    @Test
    void only_operations_that_await_calls_may_follow_a_later_response() {
        Transaction awaited = AFTER.toBuilder()
                .addHistory(HistoryEvent.newBuilder().setRevision(5).setKind("CALL_FINISHED"))
                .build();
        OperateRequest operation = OperateRequest.getDefaultInstance();
        assertThat(Stream.of(
                        newRequest().setAbort(AbortTransactionRequest.getDefaultInstance()),
                        newRequest().setForceFinish(ForceFinishRequest.getDefaultInstance()),
                        newRequest().setResolve(ResolveBranchRequest.getDefaultInstance()),
                        newRequest().setSkip(operation)))
                .allMatch(request -> previewed(request, PREVIEW).hasAwaited(awaited))
                .noneMatch(request -> previewed(request, PREVIEW).hasAwaited(AFTER));
        assertThat(previewed(newRequest().setPark(operation), PREVIEW).hasAwaited(awaited))
                .isFalse();
    }

    @Test
    void a_refusal_must_equal_the_previewed_refusal() {
        OperationPreview refused = PREVIEW.toBuilder()
                .setRefused(Error.newBuilder().setMessage("ENT-042: no"))
                .build();
        assertThat(previewed(refused).refusedWith("ENT-042: no")).isEmpty();
        assertThat(previewed(refused).refusedWith("ENT-041: no")).hasSize(1);
        assertThat(previewed(PREVIEW).refusedWith("ENT-042: no")).hasSize(1);
        assertThat(previewed(refused).doneWith(AFTER, AFTER)).hasSize(1);
    }
}

package dev.entente.server.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Activity;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Direction;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.KnownResponse;
import dev.entente.core.transaction.NextCall;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.app.SamplePlans;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Stored progress and finished plans: they are read back as written, and they are small. */
class StoredProgressTest {
    private static final PlanCodec CODEC = PlanCodec.standard();
    private static final Operation NOTHING =
            new Operation(new Target.Grpc("", ""), ByteString.EMPTY, List.of(), CallPolicy.standard(Role.FORWARD));
    private static final UnknownFieldSet NEWER = UnknownFieldSet.newBuilder()
            .addField(77, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
            .build();
    private static final Instant START = Instant.parse("2026-11-20T10:00:00.123Z");

    /** A newer program has one more field in the progress, and one more in a branch. */
    @Test
    void unknown_fields_of_stored_progress_are_kept() throws InvalidProtocolBufferException {
        Plan plan = CODEC.decode(twoSteps()).plan();
        var stored = dev.entente.stored.v1.Progress.parseFrom(
                ProgressCodec.encode(Progress.untouched(TransactionState.RUNNING, 2)))
                .toBuilder();
        stored.setUnknownFields(NEWER).getBranchesBuilder(1).setUnknownFields(NEWER);

        Progress read = ProgressCodec.decode(stored.build().toByteString(), plan);
        Progress changed = read.withBranch(0, read.branch(0))
                .in(TransactionState.UNDOING, read.history())
                .restingAt(3)
                .parkedAs(null)
                .decidedAt(1, null, "")
                .pivotCalledAt(0)
                .forced(false);
        var written = dev.entente.stored.v1.Progress.parseFrom(ProgressCodec.encode(changed));

        assertThat(written.getUnknownFields()).isEqualTo(NEWER);
        assertThat(written.getBranches(0).getUnknownFields()).isEqualTo(UnknownFieldSet.getDefaultInstance());
        assertThat(written.getBranches(1).getUnknownFields()).isEqualTo(NEWER);
        assertThat(written.getState()).isEqualTo(TransactionState.UNDOING.code());
    }

    @Test
    void unknown_codes_are_reported_as_newer_and_not_as_damage() throws InvalidProtocolBufferException {
        Plan plan = CODEC.decode(twoSteps()).plan();
        var known = dev.entente.stored.v1.Progress.parseFrom(
                ProgressCodec.encode(Progress.untouched(TransactionState.RUNNING, 2)));
        var state = known.toBuilder().setState(99);
        var branch = known.toBuilder();
        branch.getBranchesBuilder(0).setState(99);
        var mark = known.toBuilder();
        mark.getParkedBuilder().setReason(99);
        var reason = known.toBuilder().setAbortReason(99);
        for (var newer : List.of(state, branch, mark, reason)) {
            assertThatThrownBy(() -> ProgressCodec.decode(newer.build().toByteString(), plan))
                    .isInstanceOfSatisfying(
                            UnreadableRow.class,
                            row -> assertThat(row.isDamaged()).isFalse())
                    .hasMessageContaining("newer");
        }
    }

    @Test
    void branches_registered_since_are_read_with_their_registration_fact() {
        Plan plan = CODEC.decode(twoSteps()).plan();
        Plan larger = plan.with(plan.branches().getFirst().registered(START));
        Progress earlier = Progress.untouched(TransactionState.BEGUN, 2);
        Progress read = ProgressCodec.decode(ProgressCodec.encode(earlier), larger);
        assertThat(read.branches()).containsOnly(BranchProgress.UNTOUCHED).hasSize(3);
        assertThat(read.history().events())
                .extracting(HistoryEvent::fact, HistoryEvent::time)
                .containsExactly(
                        tuple(new Fact.Registered(2, plan.branches().getFirst().id()), START));
        ByteString ofThree = ProgressCodec.encode(Progress.untouched(TransactionState.BEGUN, 3));
        assertThatThrownBy(() -> ProgressCodec.decode(ofThree, plan))
                .isInstanceOf(UnreadableRow.class)
                .hasMessageContaining("3 branches");
    }

    @Test
    void a_finished_row_has_the_plan_without_bodies_and_no_responses() {
        for (long seed = 0; seed < 1_000; seed++) {
            Plan plan =
                    registered(CODEC.decode(new RandomTransactions(seed).plan()).plan(), seed);
            Progress progress = ended(progress(plan.branches().size()), false);
            Plan read = PlanCodec.decodeEnded(PlanCodec.encodeEnded(plan, false), plan.name());
            assertThat(asked(read)).as("seed %d", seed).isEqualTo(asked(withoutBodies(plan)));
            assertSame(ProgressCodec.decode(ProgressCodec.encode(progress, false), read), progress, seed);
        }
    }

    @Test
    void with_kept_payloads_a_finished_row_has_the_full_plan_and_responses() {
        for (long seed = 0; seed < 1_000; seed++) {
            Plan plan = CODEC.decode(new RandomTransactions(seed).plan()).plan().by("shop");
            Progress progress = ended(progress(plan.branches().size()), true);
            Plan read = PlanCodec.decodeEnded(PlanCodec.encodeEnded(plan, true), plan.name());
            assertThat(asked(read)).as("seed %d", seed).isEqualTo(asked(plan));
            assertSame(ProgressCodec.decode(ProgressCodec.encode(progress, true), read), progress, seed);
        }
    }

    @Test
    void a_finished_plan_contains_the_configured_call_policies() {
        CallPolicy hasty = CallPolicy.standard(Role.FORWARD).withMaxAttempts(2);
        CallPolicy patient = CallPolicy.standard(Role.UNDO).withSchedule(List.of(Duration.ofMinutes(7)));
        PlanCodec configured = new PlanCodec(hasty, patient);
        Plan plan = configured.decode(twoSteps()).plan();
        assertThat(PlanCodec.decodeEnded(PlanCodec.encodeEnded(plan, true), plan.name()))
                .isEqualTo(plan);
    }

    @Test
    void a_finished_message_keeps_delivery_names_check_back_and_ordering_key() {
        Plan message = CODEC.decode(SamplePlans.json("""
            {"name":"paid","message":{"checkBack":{"grpc":"shop/entente.v1.ParticipantService/Check"},
              "checkBackPolicy":{"firstAfter":"3s","every":"4s","limit":5},"orderingKey":"order-1",
              "deliveries":[{"grpc":"mail/shop.v1.Mail/Send"},{"topic":"orders"}]}}
            """)).plan();
        Branch first = message.branches().getLast();
        Branch subscriber = new Branch(
                "delivery-2.ledger", null, first.forward(), null, null, first.after(), Branch.Commitment.NONE);
        Plan fannedOut = message.with(subscriber);

        Plan read = PlanCodec.decodeEnded(PlanCodec.encodeEnded(fannedOut, false), "paid");

        assertThat(read.branches()).isEqualTo(fannedOut.branches());
        assertThat(read.terms().orderingKey()).isEqualTo("order-1");
        assertThat(read.terms().firstCheckAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    /** An operator force-finishes an unreadable row, which has no branches. */
    @Test
    void a_finished_plan_may_have_no_branches() {
        for (Pattern pattern : Pattern.values()) {
            Plan none = new Plan(pattern, "n", Map.of(), null, null, null, List.of());
            Plan read = PlanCodec.decodeEnded(PlanCodec.encodeEnded(none, true), "n");
            Progress untouched = Progress.untouched(TransactionState.ABORTED, 0);
            assertThat(read.pattern()).isEqualTo(pattern);
            assertThat(ProgressCodec.decode(ProgressCodec.encode(untouched, true), read)
                            .state())
                    .isEqualTo(TransactionState.ABORTED);
            assertThat(PlanWriter.shown("g", none, true).getGid()).isEqualTo("g");
        }
    }

    /** A client that calls a try itself registers the branch without a try. */
    @Test
    void a_branch_tried_by_the_client_is_read_back_without_a_try() {
        Plan plan = CODEC.decode(SamplePlans.json("""
            {"name":"trip","tcc":{"branches":[{"id":"seat",
              "confirm":{"grpc":"seats/shop.v1.Seats/Confirm"},"cancel":{"grpc":"seats/shop.v1.Seats/Cancel"}}]}}
            """)).plan();
        Plan read = PlanCodec.decodeEnded(PlanCodec.encodeEnded(plan, false), plan.name());
        assertThat(read).isEqualTo(plan);
        assertThat(PlanWriter.shown("g", read, true).getTcc().getBranches(0).hasTry())
                .isFalse();
    }

    @Test
    void unknown_fields_of_a_finished_plan_are_ignored() throws InvalidProtocolBufferException {
        Plan plan = CODEC.decode(twoSteps()).plan();
        var stored = dev.entente.v1.Plan.parseFrom(PlanCodec.encodeEnded(plan, true)).toBuilder();
        stored.getSagaBuilder().getStepsBuilder(0).setUnknownFields(NEWER);
        assertThat(PlanCodec.decodeEnded(stored.build().toByteString(), plan.name()))
                .isEqualTo(plan);
    }

    @Test
    void damaged_bytes_are_at_worst_unreadable() {
        Plan plan = CODEC.decode(new RandomTransactions(11).plan()).plan();
        Progress progress = progress(plan.branches().size());
        ByteString stored = ProgressCodec.encode(progress);
        ByteString ended = PlanCodec.encodeEnded(plan, true);
        for (long seed = 0; seed < 5_000; seed++) {
            Random damage = new Random(seed);
            ByteString damagedProgress = PlanCodecTest.damaged(stored, damage);
            ByteString damagedPlan = PlanCodecTest.damaged(ended, damage);
            readOrRefuse(() -> ProgressCodec.decode(damagedProgress, plan));
            readOrRefuse(() -> PlanCodec.decodeEnded(damagedPlan, plan.name()));
        }
    }

    /**
     * Bounds the bytes that a successful saga of two steps writes when it finishes. The write-ahead log was measured
     * with that bound.
     */
    @Test
    void a_finished_saga_of_two_steps_takes_less_than_220_bytes() {
        Plan plan = CODEC.decode(twoSteps()).plan();
        History history = History.of(List.of(
                event(0, TransactionState.RUNNING, new Fact.Accepted(Long.MAX_VALUE)),
                event(3, TransactionState.RUNNING, done(0)),
                event(7, TransactionState.RUNNING, done(1)),
                event(7, TransactionState.SUCCEEDED, new Fact.Finished(null, "", ""))));
        BranchProgress done = new BranchProgress(
                BranchState.DONE,
                Role.FORWARD,
                1,
                new AttemptCount(1, 1, ""),
                new KnownResponse(null, 2),
                NextCall.FREE,
                Activity.NONE);
        Progress progress =
                new Progress(TransactionState.SUCCEEDED, List.of(done, done), Direction.OPEN, null, -1, history);

        int planBytes = PlanCodec.encodeEnded(plan, false).size();
        int progressBytes = ProgressCodec.encode(progress, false).size();
        assertThat(planBytes).as("plan").isLessThan(140);
        assertThat(progressBytes).as("progress").isLessThan(80);
    }

    /** Returns progress with a call in flight, a response, and everything that a branch can wait for. */
    private static Progress progress(int size) {
        BranchProgress branch = new BranchProgress(
                BranchState.DONE,
                Role.FORWARD,
                3,
                new AttemptCount(2, 1, "too late"),
                new KnownResponse(ByteString.copyFromUtf8("response"), 3),
                new NextCall(START, START, new Unsent("no route", START), ParkReason.DEFECT, "order-1"),
                Activity.CALLING);
        return new Progress(
                TransactionState.RUNNING,
                Collections.nCopies(size, branch),
                new Direction(AbortReason.DEADLINE, "late", true, 1, 2),
                new Parked(ParkReason.DEFECT, "bug", START),
                1,
                History.of(List.of(
                        event(0, TransactionState.RUNNING, new Fact.Accepted(7)),
                        event(1, TransactionState.RUNNING, new Fact.Started()),
                        event(
                                2,
                                TransactionState.RUNNING,
                                new Fact.Called(
                                        0,
                                        Role.FORWARD,
                                        2,
                                        Outcome.REJECTED,
                                        new Consequence.None(),
                                        "no",
                                        "SOLD_OUT")))));
    }

    private static HistoryEvent event(int millis, TransactionState after, Fact fact) {
        return new HistoryEvent(START.plusMillis(millis), after, fact);
    }

    private static Fact done(int branch) {
        return new Fact.Called(branch, Role.FORWARD, 1, Outcome.SUCCEEDED, new Consequence.None(), "");
    }

    private static dev.entente.v1.Plan twoSteps() {
        return SamplePlans.json("""
            {"name":"checkout","saga":{"steps":[
              {"id":"reserve","action":{"grpc":"stock/shop.v1.StockService/Reserve","raw":"CAE="},
               "compensate":{"grpc":"stock/shop.v1.StockService/Release","raw":"CAE="}},
              {"id":"pay","action":{"grpc":"payment/shop.v1.PaymentService/Charge","raw":"CAE="},
               "compensate":{"grpc":"payment/shop.v1.PaymentService/Refund","raw":"CAE="}}]}}
            """);
    }

    private static void readOrRefuse(Runnable reading) {
        try {
            reading.run();
        } catch (UnreadableRow expected) {
            assertThat(expected).hasMessageMatching("(?s)the (stored|row) .*");
        }
    }

    /** Compares histories by their events, because they are linked lists. */
    private static void assertSame(Progress read, Progress written, long seed) {
        assertThat(read.history().events())
                .as("seed %d", seed)
                .isEqualTo(written.history().events());
        assertThat(read.in(read.state(), History.EMPTY))
                .as("seed %d", seed)
                .isEqualTo(written.in(written.state(), History.EMPTY));
    }

    private static Progress ended(Progress progress, boolean keepsResponses) {
        return progress.parkedAs(null)
                .withBranches(progress.branches().stream()
                        .map(branch -> changed(branch, keepsResponses ? branch.response() : null))
                        .toList());
    }

    private static BranchProgress changed(BranchProgress branch, @Nullable ByteString response) {
        return new BranchProgress(
                branch.state(),
                branch.role(),
                branch.sent(),
                branch.tried(),
                new KnownResponse(response, branch.known().revision()),
                branch.next(),
                Activity.NONE);
    }

    /** Returns the plan without the policies of approvals, which call no participant. */
    private static Plan asked(Plan plan) {
        return plan.of(plan.branches().stream()
                .map(branch -> branch.approval() == null
                        ? branch
                        : with(branch, new Branch.Operations(NOTHING, branch.completion(), branch.undo())))
                .toList());
    }

    private static Branch with(Branch branch, Branch.Operations operations) {
        return new Branch(
                branch.id(),
                branch.parent(),
                operations,
                branch.after(),
                new Branch.Commitment(branch.pivot(), branch.retriable()),
                branch.approval(),
                new Branch.Origin(branch.continues(), branch.registeredAt()));
    }

    /** Returns the plan, for some TCC plans with the last branch registered at run time. */
    private static Plan registered(Plan plan, long seed) {
        if (plan.pattern() != Pattern.TCC || plan.branches().isEmpty() || seed % 3 > 0) {
            return plan;
        }
        List<Branch> branches = new ArrayList<>(plan.branches());
        branches.add(branches.removeLast().registered(START));
        return plan.of(branches);
    }

    private static Plan withoutBodies(Plan plan) {
        List<Branch> branches = plan.branches().stream()
                .map(branch -> with(
                        branch,
                        new Branch.Operations(
                                withoutBody(branch.forward()),
                                branch.completion() == null ? null : withoutBody(branch.completion()),
                                branch.undo() == null ? null : withoutBody(branch.undo()))))
                .toList();
        return new Plan(
                plan.pattern(),
                plan.name(),
                plan.labels(),
                plan.deadline(),
                plan.startTime(),
                plan.resultBranch(),
                branches);
    }

    private static Operation withoutBody(Operation operation) {
        Target target = switch (operation.target()) {
            case Target.Grpc grpc -> grpc;
            case Target.Http http -> new Target.Http(http.participant(), http.method(), http.path(), Map.of());
            case Target.Kafka kafka -> new Target.Kafka(kafka.participant(), kafka.topic(), "", Map.of());
        };
        return new Operation(target, ByteString.EMPTY, operation.bindings(), operation.policy(), operation.child());
    }
}

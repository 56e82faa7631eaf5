package dev.entente.server.console;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.Plan;
import dev.entente.server.codec.ExamplePlan;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.codec.PlanWriter;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Saga;
import dev.entente.v1.Transaction;
import java.io.UncheckedIOException;

/** Transactions as the API shows them, for tests of pages. */
public final class ShownTransactions {
    public static final long T0 = 1_790_000_000_000L;

    private ShownTransactions() {}

    /** Returns the plan of {@code entente tx example}, accepted and without calls. */
    public static Transaction.Builder example(String kind) {
        try {
            return accepted(ExamplePlan.valueOf(kind.replace('-', '_')).text());
        } catch (InvalidProtocolBufferException malformed) {
            throw new UncheckedIOException(malformed);
        }
    }

    /** Returns a submitted plan as the API shows it. */
    public static Transaction.Builder accepted(String json) throws InvalidProtocolBufferException {
        dev.entente.v1.Plan.Builder message = dev.entente.v1.Plan.newBuilder();
        JsonFormat.parser().merge(json, message);
        Plan plan = PlanCodec.standard().decode(message.build()).plan();
        Transaction.Builder shown = Transaction.newBuilder()
                .setGid(message.getGid())
                .setPatternValue(plan.pattern().code())
                .setState(Transaction.State.RUNNING)
                .setCreateTime(at(0))
                .setPlan(PlanWriter.shown(message.getGid(), plan, false));
        plan.branches().stream()
                .filter(branch -> branch.continues() == null)
                .forEach(branch ->
                        shown.addBranchesBuilder().setId(branch.shownId()).setState(BranchStatus.State.PENDING));
        return event(shown, 0, "ACCEPTED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
    }

    /** Returns a saga of {@code count} unordered steps. */
    public static Transaction.Builder steps(int count) {
        Transaction.Builder shown = Transaction.newBuilder()
                .setGid("wide")
                .setPattern(dev.entente.v1.Pattern.SAGA)
                .setState(Transaction.State.RUNNING)
                .setCreateTime(at(0));
        Saga.Builder saga = shown.getPlanBuilder().getSagaBuilder();
        for (int i = 0; i < count; i++) {
            saga.addStepsBuilder().setId("step-" + i);
            shown.addBranchesBuilder().setId("step-" + i).setState(BranchStatus.State.PENDING);
        }
        return event(shown, 0, "ACCEPTED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
    }

    public static Transaction.Builder event(
            Transaction.Builder shown, long millis, String kind, String branch, String op, Call.Outcome outcome) {
        shown.addHistory(HistoryEvent.newBuilder()
                .setRevision(shown.getHistoryCount() + 1L)
                .setTime(at(millis))
                .setKind(kind)
                .setBranch(branch)
                .setOp(op)
                .setOutcome(outcome)
                .setStateAfter(shown.getState()));
        return shown.setRevision(shown.getHistoryCount());
    }

    /** Adds a call that ended {@code millis} after the acceptance. */
    public static Transaction.Builder call(
            Transaction.Builder shown, long millis, String branch, String op, Call.Outcome how) {
        event(shown, millis, "CALL_FINISHED", branch, op, how);
        shown.getHistoryBuilder(shown.getHistoryCount() - 1).setAttempt(1);
        return shown;
    }

    public static Timestamp at(long millis) {
        return Timestamps.fromMillis(T0 + millis);
    }
}

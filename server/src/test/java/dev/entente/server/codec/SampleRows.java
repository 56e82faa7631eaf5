package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Activity;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Direction;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.KnownResponse;
import dev.entente.core.transaction.NextCall;
import dev.entente.core.transaction.OperatorPark;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.Unsent;
import dev.entente.v1.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One row for each pattern and state. The rows together contain every stored code and every field of the progress. */
final class SampleRows {
    private static final Instant START = Instant.parse("2026-11-20T10:00:00.123Z");
    private static final int FACTS_PER_ROW = 5;
    private static final int PLAN_BYTES = 400;
    private static final ByteString TRACE =
            ByteString.fromHex("0af7651916cd43dd8448eb211c80319c" + "b7ad6b7169203331" + "01");

    private final PlanCodec codec;
    private final int number;

    private SampleRows(PlanCodec codec, int number) {
        this.codec = codec;
        this.number = number;
    }

    static List<StoredRow> all(PlanCodec codec) {
        List<StoredRow> rows = new ArrayList<>();
        for (Pattern pattern : Pattern.values()) {
            for (TransactionState state : TransactionState.values()) {
                rows.add(new SampleRows(codec, rows.size()).row(pattern, state));
            }
        }
        return rows;
    }

    private StoredRow row(Pattern pattern, TransactionState state) {
        var message = plan(pattern);
        ByteString stored = PlanBytes.by(every(3) ? "shop" : null, encoded(message));
        stored = PlanBytes.in(every(7) ? TRACE : null, stored);
        int declared = codec.decodeStored(PlanCodec.format(), stored).branches().size();
        if (pattern == Pattern.TCC) {
            var branch = new RandomTransactions(number).tccBranch("joined", 1);
            stored = stored.concat(
                    PlanBytes.registeredAt(time(3), codec.decodeBranch(branch).encoded()));
        }
        Plan plan = codec.decodeStored(PlanCodec.format(), stored);
        if (!state.isTerminal()) {
            ByteString progress = ProgressCodec.encode(progress(state, declared));
            return new StoredRow(PlanCodec.format(), "", stored, progress);
        }
        ByteString progress =
                ProgressCodec.encode(progress(state, plan.branches().size()), every(5));
        return new StoredRow(0, plan.name(), PlanCodec.encodeEnded(plan, every(5)), progress);
    }

    /** Returns the first random plan of that pattern that is neither empty nor large. */
    private dev.entente.v1.Plan plan(Pattern pattern) {
        return IntStream.iterate(1000 * number, seed -> seed + 1)
                .mapToObj(seed -> new RandomTransactions(seed).plan())
                .filter(plan -> plan.getSerializedSize() < PLAN_BYTES)
                .filter(plan -> {
                    Plan decoded = codec.decode(plan).plan();
                    return decoded.pattern() == pattern && !decoded.branches().isEmpty();
                })
                .findFirst()
                .orElseThrow();
    }

    /** Returns the stored plan; a message is also published to a topic with one subscriber. */
    private ByteString encoded(dev.entente.v1.Plan plan) {
        if (!plan.hasMessage()) {
            return codec.decode(plan).encoded();
        }
        Message.Builder message = plan.getMessage().toBuilder();
        message.addDeliveriesBuilder().setTopic("orders").setRaw(ByteString.copyFromUtf8("event"));
        var delivery = message.getDeliveries(0);
        return codec.decode(plan.toBuilder().setMessage(message).build())
                .encoded()
                .concat(PlanBytes.fannedOut())
                .concat(PlanBytes.fannedOut("orders", "ledger", delivery));
    }

    private Progress progress(TransactionState state, int branches) {
        List<Fact> facts = facts();
        History history = History.of(IntStream.range(0, FACTS_PER_ROW)
                .mapToObj(i ->
                        new HistoryEvent(time(10 * i), state, facts.get((number * FACTS_PER_ROW + i) % facts.size())))
                .toList());
        return new Progress(
                state,
                IntStream.range(number, number + branches)
                        .mapToObj(SampleRows::branch)
                        .toList(),
                new Direction(
                        every(3) ? code(AbortReason.values(), number / 3) : null, "why", every(4), number, 50 + number),
                parked(),
                100 + number,
                history);
    }

    private @Nullable Parked parked() {
        OperatorPark operator = new OperatorPark("ann", "wait", time(7));
        return switch (number % 5) {
            case 0, 1 -> null;
            case 2 -> Parked.by(operator, null);
            case 3 -> Parked.by(operator, new Parked(code(ParkReason.values(), number), "cause", time(8)));
            default -> new Parked(code(ParkReason.values(), number), "cause", time(9));
        };
    }

    /** Sets each field to another value, so that exchanged fields are found. */
    private static BranchProgress branch(int number) {
        NextCall next = new NextCall(
                number % 2 == 0 ? null : time(number),
                number % 3 == 0 ? null : time(2 * number),
                number % 4 == 0 ? null : new Unsent("no route", number % 4 == 1 ? null : time(3 * number)),
                number % 2 == 0 ? null : code(ParkReason.values(), number),
                number % 5 == 0 ? "order-1" : null);
        return new BranchProgress(
                code(BranchState.values(), number),
                code(Role.values(), number),
                1 + number,
                new AttemptCount(200 + number, number % 7, number % 2 == 0 ? "" : "error"),
                new KnownResponse(number % 3 == 0 ? null : ByteString.copyFromUtf8("response"), 300 + number),
                next,
                Activity.NONE);
    }

    /** Returns facts of each kind, with each code that a fact can have. */
    private static List<Fact> facts() {
        List<Fact> facts = new ArrayList<>(List.of(
                new Fact.Accepted(Long.MAX_VALUE),
                new Fact.Started(),
                new Fact.PivotCalled(1),
                new Fact.Decided(null, "ann", "commit"),
                new Fact.Unparked("ann", "decided"),
                new Fact.Retried("ann", "repaired"),
                new Fact.Resumed("ann", "once more"),
                new Fact.Registered(1, "joined"),
                new Fact.Adopted(4711),
                new Fact.ApprovalAsked(2),
                new Fact.ApprovalDecided(2, true, "ann", "yes"),
                new Fact.ApprovalDecided(2, false, "ann", "no"),
                new Fact.Dropped(2, "ann", "unsubscribed"),
                called(1, new Consequence.None()),
                called(3, new Consequence.NothingToUndo()),
                called(4, new Consequence.CausesUndo(false, true)),
                called(2, new Consequence.CausesUndo(true, false))));
        for (ParkReason reason : ParkReason.values()) {
            boolean isTrusted = reason.code() % 2 == 0;
            facts.add(new Fact.Parked(reason, isTrusted ? "ann" : "", "cause"));
            facts.add(called(5, new Consequence.Stuck(reason, isTrusted)));
        }
        for (AbortReason reason : AbortReason.values()) {
            facts.add(new Fact.Decided(reason, "", "cause"));
            facts.add(new Fact.Finished(reason, "ann", "cause"));
        }
        for (Fact.Truth truth : Fact.Truth.values()) {
            boolean isResponseOnly = truth == Fact.Truth.DONE;
            facts.add(new Fact.Resolved(1, code(Role.values(), truth.ordinal()), truth, isResponseOnly, "ann", "seen"));
        }
        for (Approval.Expiry decision : Approval.Expiry.values()) {
            facts.add(new Fact.ApprovalExpired(2, decision, "late"));
        }
        return facts;
    }

    private static Fact called(int outcome, Consequence consequence) {
        return new Fact.Called(1, code(Role.values(), outcome), 20 + outcome, outcome, consequence, "answer", "CODE");
    }

    private static <E> E code(E[] codes, int number) {
        return codes[number % codes.length];
    }

    private boolean every(int nth) {
        return number % nth == 0;
    }

    private static Instant time(int seconds) {
        return START.plusSeconds(seconds);
    }
}

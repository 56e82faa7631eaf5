package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.console.part.Moment;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One transaction: its state, what its plan says of it.
 *
 * @param silent that its coordinator does not answer, in words; empty where it does
 * @param parked null while it waits for no operator
 * @param isLastSeen whether some of it is not durable yet
 * @param audit the link to what people did to it
 */
public record TransactionPage(
        TransactionRow head,
        String pattern,
        List<Fact> facts,
        List<Fact> labels,
        String silent,
        @Nullable Park parked,
        boolean isLastSeen,
        String audit) {
    public record Fact(String name, String value, String href) {}

    /**
     * Why it is parked, and what may be done.
     *
     * @param code the reason as the command line names it
     */
    public record Park(String reason, String code, String detail, String advice, Moment since, String operator) {}

    static TransactionPage of(Transaction transaction, Instant now, Texts texts) {
        return new TransactionPage(
                TransactionRow.of(transaction, now, texts),
                texts.word("pattern", transaction.getPattern()),
                facts(transaction, now, texts),
                transaction.getLabelsMap().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(label -> new Fact(
                                label.getKey(),
                                label.getValue(),
                                Query.NONE
                                        .with("label", label.getKey() + "=" + label.getValue())
                                        .link("transactions")))
                        .toList(),
                isSilent(transaction)
                        ? texts.of("transaction.silent", VisibleText.of(transaction.getCoordinator()))
                        : "",
                transaction.hasParked() ? park(transaction, now, texts) : null,
                transaction.getAsLastSeen(),
                Query.NONE.with("gid", transaction.getGid()).link("audit"));
    }

    /** Tells whether its row alone says how it stands; where that says nothing, the wait names its coordinator. */
    private static boolean isSilent(Transaction transaction) {
        Waiting waiting = transaction.getWaiting();
        return waiting.getAsLastWritten() && waiting.getKind() != Waiting.Kind.DEAD_OWNER;
    }

    private static List<Fact> facts(Transaction transaction, Instant now, Texts texts) {
        List<Fact> facts = new ArrayList<>();
        add(facts, texts.of("fact.accepted"), time(transaction.getCreateTime(), now, texts));
        add(facts, texts.of("fact.ended"), time(transaction.getFinishTime(), now, texts));
        add(facts, texts.of("fact.deadline"), time(transaction.getDeadlineTime(), now, texts));
        Waiting waiting = transaction.getWaiting();
        add(facts, texts.of("fact.due"), waiting.hasNextTime() ? "" : time(transaction.getDueTime(), now, texts));
        add(facts, texts.of("fact.waits"), time(waiting.getSince(), now, texts));
        add(facts, texts.of("fact.next"), time(waiting.getNextTime(), now, texts));
        if (waiting.getKind() == Waiting.Kind.BLOCKED || waiting.getKind() == Waiting.Kind.CHILD) {
            String other = WaitSentence.other(waiting.getBlockedBy(), texts.words());
            boolean isNamed = other.equals(waiting.getBlockedBy());
            facts.add(new Fact(texts.of("fact.behind"), other, isNamed ? TransactionRow.href(other) : ""));
        }
        add(facts, texts.of("fact.coordinator"), transaction.getCoordinator());
        boolean hasTurned = transaction.getAbortReason() != Transaction.AbortReason.ABORT_REASON_UNSPECIFIED;
        add(facts, texts.of("fact.abort"), hasTurned ? texts.word("abort", transaction.getAbortReason()) : "");
        add(facts, texts.of("fact.rejection"), transaction.getRejection());
        add(facts, texts.of("fact.detail"), transaction.getDetail());
        return List.copyOf(facts);
    }

    /** Returns the empty text for one that is not set. */
    static String time(Timestamp time, Instant now, Texts texts) {
        Moment moment = Moment.of(time, now, texts);
        return time.getSeconds() == 0 ? "" : moment.exact() + " (" + moment.relative() + ")";
    }

    static void add(List<Fact> facts, String name, String value) {
        if (!value.isEmpty()) {
            facts.add(new Fact(name, value, ""));
        }
    }

    private static Park park(Transaction transaction, Instant now, Texts texts) {
        Parked parked = transaction.getParked();
        String operator = parked.hasByOperator()
                ? texts.of(
                        "park.operator",
                        VisibleText.of(parked.getByOperator().getActor()),
                        VisibleText.of(parked.getByOperator().getReason()))
                : "";
        return new Park(
                texts.word("reason", parked.getReason()),
                parked.getReason().name(),
                parked.getReason() == Parked.Reason.BY_OPERATOR ? "" : VisibleText.of(parked.getDetail()),
                WaitSentence.advice(parked, texts.words()),
                Moment.of(parked.getSince(), now, texts),
                operator);
    }
}

package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A fact about a transaction.
 *
 * @param href the link to the value's subject; empty for none
 */
public record TransactionFact(String name, String value, String href) {
    private static final Set<String> ENDING = Set.of("DECIDED", "FINISHED");

    /** Returns the facts of a transaction, without its state. */
    static List<TransactionFact> of(Transaction transaction, Instant now, Texts texts) {
        List<TransactionFact> facts = new ArrayList<>();
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
            facts.add(new TransactionFact(texts.of("fact.behind"), other, isNamed ? TransactionRow.href(other) : ""));
        }
        add(facts, texts.of("fact.coordinator"), transaction.getCoordinator());
        boolean hasSwitched = transaction.getAbortReason() != Transaction.AbortReason.ABORT_REASON_UNSPECIFIED;
        add(facts, texts.of("fact.abort"), hasSwitched ? aborted(transaction, texts) : "");
        add(facts, texts.of("fact.rejection"), transaction.getRejection());
        add(facts, texts.of("fact.detail"), transaction.getDetail());
        add(facts, texts.of("fact.trace"), transaction.getTraceId());
        return List.copyOf(facts);
    }

    /** Returns the reason of the abort, with the actor if an operator or the client aborted the transaction. */
    static String aborted(Transaction transaction, Texts texts) {
        String reason = texts.word("abort", transaction.getAbortReason());
        return transaction.getHistoryList().stream()
                .filter(event ->
                        ENDING.contains(event.getKind()) && !event.getActor().isEmpty())
                .findFirst()
                .map(event -> texts.of("pair", reason, VisibleText.of(event.getActor())))
                .orElse(reason);
    }

    /** Returns a time in words; empty if the time is not set. */
    static String time(Timestamp time, Instant now, Texts texts) {
        DisplayedTime moment = DisplayedTime.of(time, now, texts);
        return time.getSeconds() == 0 ? "" : moment.exact() + " (" + moment.relative() + ")";
    }

    static void add(List<TransactionFact> facts, String name, String value) {
        if (!value.isEmpty()) {
            facts.add(new TransactionFact(name, value, ""));
        }
    }
}

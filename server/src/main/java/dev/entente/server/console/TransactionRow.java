package dev.entente.server.console;

import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A transaction in a list.
 *
 * @param waiting the reason of the wait, or of the end, in a sentence; empty for none
 * @param brief the first words of {@code waiting}, for a list
 * @param ended null while the transaction is open
 * @param age from the creation to the end, or to now
 */
public record TransactionRow(
        Transaction transaction,
        String waiting,
        String brief,
        DisplayedTime created,
        @Nullable DisplayedTime ended,
        String age) {
    /** The length of a brief text, because participants' texts may be long: some lines of a narrow screen. */
    private static final int MAX_CHARS = 130;
    /** The length of a participant's text before a time in the sentence. Texts of coordinators are shorter. */
    private static final int MAX_SAID = 100;

    static TransactionRow of(Transaction transaction, Instant now, Texts texts) {
        Instant created = Times.instant(transaction.getCreateTime());
        Instant until = transaction.hasFinishTime() ? Times.instant(transaction.getFinishTime()) : now;
        return new TransactionRow(
                transaction,
                waiting(transaction, now, texts),
                brief(transaction, now, texts),
                DisplayedTime.of(created, now, texts),
                transaction.hasFinishTime() ? DisplayedTime.of(until, now, texts) : null,
                texts.span(Duration.between(created, until)));
    }

    /** Returns the first words of the wait, and always the next time. The transaction's page has the complete text. */
    private static String brief(Transaction transaction, Instant now, Texts texts) {
        Waiting waiting = transaction.getWaiting();
        if (!waiting.hasNextTime()) {
            return firstWords(waiting(transaction, now, texts), MAX_CHARS);
        }
        Transaction.Builder brief = transaction.toBuilder();
        brief.getWaitingBuilder()
                .setLastError(firstWords(waiting.getLastError(), MAX_SAID))
                .setPrompt(firstWords(waiting.getPrompt(), MAX_SAID));
        return waiting(brief.build(), now, texts);
    }

    private static String firstWords(String text, int most) {
        return HistoryPage.cut(text, most).replaceFirst(" \\S{0,20}\u2026$", "\u2026");
    }

    /** Returns the time that determines the position in a list. */
    public DisplayedTime placed() {
        return ended == null ? created : ended;
    }

    /** Returns the link to a transaction's page, from the console's root. */
    public static String href(String gid) {
        return Query.NONE.with("gid", gid).link("transaction");
    }

    /** Returns the reason of the wait, or of the switch to undo, in a sentence without advice; empty for none. */
    static String waiting(Transaction transaction, Instant now, Texts texts) {
        String sentence = WaitSentence.of(transaction.getWaiting(), now, texts.words());
        if (transaction.getWaiting().getAsLastWritten()) {
            return texts.of("waits.last-written", sentence);
        }
        return sentence.isEmpty() ? transaction.getDetail() : sentence;
    }

    /** Returns the reason why a branch cannot continue; empty for none. */
    static String trouble(BranchStatus branch, Texts texts) {
        if (branch.getState() == BranchStatus.State.AWAITING_APPROVAL) {
            return texts.of("waits.approval");
        }
        if (!branch.getBlockedBy().isEmpty()) {
            return texts.of("waits.blocked", WaitSentence.other(branch.getBlockedBy(), texts.words()));
        }
        return branch.getNotSent().isEmpty()
                ? WaitSentence.error(branch.getLastError(), texts.words())
                : branch.getNotSent();
    }
}

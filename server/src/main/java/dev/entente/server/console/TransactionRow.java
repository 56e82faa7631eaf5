package dev.entente.server.console;

import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.console.part.Moment;
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
 * @param waiting what it waits for, or how it ended, in a sentence; empty for nothing
 * @param brief the first words of that, for a list
 * @param ended null while it is open
 * @param age from its creation to its end, or to now
 */
public record TransactionRow(
        Transaction transaction,
        String waiting,
        String brief,
        Moment created,
        @Nullable Moment ended,
        String age) {
    /** The first words of what participants may have said at length: some lines of a narrow screen. */
    private static final int MOST_CHARS = 130;
    /** The first words of it where a time follows in the sentence; whatever coordinators say themselves is shorter. */
    private static final int MOST_SAID = 100;

    static TransactionRow of(Transaction transaction, Instant now, Texts texts) {
        Instant created = Times.instant(transaction.getCreateTime());
        Instant until = transaction.hasFinishTime() ? Times.instant(transaction.getFinishTime()) : now;
        return new TransactionRow(
                transaction,
                waiting(transaction, now, texts),
                brief(transaction, now, texts),
                Moment.of(created, now, texts),
                transaction.hasFinishTime() ? Moment.of(until, now, texts) : null,
                texts.span(Duration.between(created, until)));
    }

    /** Returns the first words of what it waits for; its own page has all of them. The next time stays in sight. */
    private static String brief(Transaction transaction, Instant now, Texts texts) {
        Waiting waiting = transaction.getWaiting();
        if (!waiting.hasNextTime()) {
            return firstWords(waiting(transaction, now, texts), MOST_CHARS);
        }
        Transaction.Builder brief = transaction.toBuilder();
        brief.getWaitingBuilder()
                .setLastError(firstWords(waiting.getLastError(), MOST_SAID))
                .setPrompt(firstWords(waiting.getPrompt(), MOST_SAID));
        return waiting(brief.build(), now, texts);
    }

    private static String firstWords(String text, int most) {
        return HistoryPage.cut(text, most).replaceFirst(" \\S{0,20}\u2026$", "\u2026");
    }

    /** Returns the time by which it has its place in a list. */
    public Moment placed() {
        return ended == null ? created : ended;
    }

    /** Returns the link to a transaction's page, from the console's root. */
    public static String href(String gid) {
        return Query.NONE.with("gid", gid).link("transaction");
    }

    /** Returns what it waits for or what made it turn, in a sentence without advice; empty for nothing. */
    static String waiting(Transaction transaction, Instant now, Texts texts) {
        String sentence = WaitSentence.of(transaction.getWaiting(), now, texts.words());
        if (transaction.getWaiting().getAsLastWritten()) {
            return texts.of("waits.last-written", sentence);
        }
        return sentence.isEmpty() ? transaction.getDetail() : sentence;
    }

    /** Returns what keeps a branch from going on; empty for nothing. */
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

package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page of a transaction's events, newest first. A page begins at a revision, so that new events do not move it.
 *
 * @param older the link to the page of earlier events; empty for none
 * @param newest the link to the first page; empty if this is the first page
 * @param count of all events
 */
public record HistoryPage(List<Row> rows, String older, String newest, String count) {
    static final int SIZE = 100;
    /** The maximum length of a detail, so that 100 events remain a small page. The event's own page has all of it. */
    static final int LONGEST = 160;

    /**
     * An event.
     *
     * @param revision as a decimal number
     * @param sentence the description of the event
     * @param detail the event's own text; may be empty
     * @param whole the link to the complete detail; empty if the detail is complete
     */
    public record Row(
            String revision,
            DisplayedTime time,
            StatusStyle tone,
            String sentence,
            String detail,
            String by,
            String whole) {
        /** Returns the row without its detail, because the row above has the same detail. */
        Row said(String above) {
            return new Row(revision, time, tone, sentence, "", (by + " " + above).strip(), "");
        }
    }

    /**
     * @param query of the page: {@code before} is the exclusive upper revision, {@code event} the only revision
     * @param transaction in a view with its history
     */
    static HistoryPage of(Transaction transaction, Query query, Instant now, Texts texts) {
        int count = transaction.getHistoryCount();
        long one = number(query.get("event"), 0);
        long before = one > 0 ? one + 1 : number(query.get("before"), count + 1L);
        int to = (int) Math.min(count, Math.max(0, before - 1));
        int from = Math.max(0, to - (one > 0 ? 1 : SIZE));
        Query base = query.with("event", "").with("before", "");
        List<Row> rows = new ArrayList<>();
        String above = "";
        for (HistoryEvent event : transaction.getHistoryList().subList(from, to).reversed()) {
            Row row = row(transaction, event, base, one > 0, now, texts);
            String detail = event.getDetail();
            boolean isSaid = !detail.isEmpty() && (above.equals(detail) || above.endsWith(": " + detail));
            rows.add(isSaid ? row.said(texts.of("history.same")) : row);
            above = detail;
        }
        return new HistoryPage(
                List.copyOf(rows),
                one == 0 && from > 0 ? link(base.with("before", Long.toString(from + 1L))) : "",
                to < count || one > 0 ? link(base) : "",
                Long.toString(count));
    }

    private static String link(Query query) {
        return query.link("transaction") + "#history";
    }

    /** Returns the number in a URL's field; the default if it is empty. {@link PageFields} accepts only numbers. */
    static long number(String text, long otherwise) {
        return text.isEmpty() ? otherwise : Long.parseLong(text);
    }

    /** Returns the events of a kind in order: of a branch, or of the transaction itself if the branch is empty. */
    static Stream<HistoryEvent> events(Transaction transaction, String kind, String branch) {
        return transaction.getHistoryList().stream()
                .filter(event ->
                        event.getKind().equals(kind) && event.getBranch().equals(branch));
    }

    static Row row(Transaction transaction, HistoryEvent event, Query base, boolean isAlone, Instant now, Texts texts) {
        boolean isCut = !isAlone && event.getDetail().length() > LONGEST;
        String revision = Long.toString(event.getRevision());
        return new Row(
                revision,
                DisplayedTime.of(event.getTime(), now, texts),
                StatusStyle.of(event, transaction),
                sentence(event, Badge.of(transaction, texts).text(), texts),
                VisibleText.of(cut(event.getDetail(), isAlone ? Integer.MAX_VALUE : LONGEST)),
                by(event, texts),
                isCut ? link(base.with("event", revision)) : "");
    }

    /**
     * Returns the description of an event, without its detail.
     *
     * @param end the state of the transaction, in words
     */
    static String sentence(HistoryEvent event, String end, Texts texts) {
        boolean isByOutcome = event.getOutcome() != Call.Outcome.OUTCOME_UNSPECIFIED
                && !event.getKind().equals("APPROVAL_EXPIRED");
        String key = "event." + event.getKind() + (isByOutcome ? "." + event.getOutcome() : "");
        String text = texts.of(
                key,
                VisibleText.of(event.getBranch()),
                event.getOp(),
                Integer.toString(event.getAttempt()),
                event.getKind().equals("FINISHED") ? end : texts.word("state", event.getStateAfter()));
        if (event.getParkReason() != Parked.Reason.REASON_UNSPECIFIED) {
            return texts.of("pair", text, texts.word("reason", event.getParkReason()));
        }
        String left = event.getChildLeftOut() ? " " + texts.of("event.child-left-out") : "";
        return text.equals(key)
                ? VisibleText.of((event.getBranch() + " " + event.getOp() + " " + event.getKind()).strip())
                : text + left;
    }

    private static String by(HistoryEvent event, Texts texts) {
        String actor = event.getActor().isEmpty() ? "" : texts.of("event.by", VisibleText.of(event.getActor()));
        String node = event.getNode().isEmpty() ? "" : texts.of("event.on", VisibleText.of(event.getNode()));
        return (actor + " " + node).strip();
    }

    static String cut(String text, int most) {
        return text.length() <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, most))) + "\u2026";
    }
}

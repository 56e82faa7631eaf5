package dev.entente.server.console;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.server.store.BulkRunTable;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.OperateMatchingResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An act on all that match: what it would meet now, the form that begins it, and how far one is that was begun.
 *
 * @param matching the newest that match, each with the number of all
 * @param counted the same by state, pattern and reason to be parked; fails where that takes too long
 * @param error why it was not done just now; empty where nobody tried
 * @param run null where none is asked for, or none of that id is stored
 * @param lately the others that began last
 */
public record BulkPage(
        TransactionQuery asked,
        Part<List<OperateMatchingResponse>> matching,
        Part<CountTransactionsResponse> counted,
        String error,
        @Nullable Run run,
        List<Run> lately,
        Texts texts) {
    /** The most that the API takes. */
    public static final int MOST = 10_000;

    /** Other runs that a page names. */
    static final int MOST_LATELY = 16;

    /** Transactions that are named, of all and of those that were refused for one reason. */
    static final int MOST_NAMED = 20;

    /**
     * One that was begun.
     *
     * @param query of its page
     * @param unchanged those that stood so already
     * @param broken why it ended before all were done; null where it did not
     */
    public record Run(
            Query query,
            long matched,
            int done,
            int unchanged,
            List<Refused> refused,
            boolean isOver,
            @Nullable String broken) {
        /** Reads a run as {@link #text} wrote it. */
        static Run of(BulkRunTable.Row row) {
            Query progress = Query.of(row.progress());
            List<Refused> refused = new ArrayList<>();
            for (int i = 0; !progress.get("count" + i).isEmpty(); i++) {
                refused.add(new Refused(
                        progress.get("why" + i),
                        Integer.parseInt(progress.get("count" + i)),
                        List.of(progress.get("gids" + i).split(" ", -1))));
            }
            String broken = row.isInterrupted() ? BulkRun.INTERRUPTED : progress.get("broken");
            return new Run(
                    Query.of(row.query()),
                    HistoryPage.number(progress.get("matched"), 0),
                    (int) HistoryPage.number(progress.get("done"), 0),
                    (int) HistoryPage.number(progress.get("unchanged"), 0),
                    List.copyOf(refused),
                    row.isOver() || row.isInterrupted(),
                    broken.isEmpty() ? null : broken);
        }

        /** Returns the progress as the table keeps it. */
        String text() {
            Query progress = Query.NONE
                    .with("matched", Long.toString(matched))
                    .with("done", Integer.toString(done))
                    .with("unchanged", Integer.toString(unchanged))
                    .with("broken", Objects.requireNonNullElse(broken, ""));
            for (int i = 0; i < refused.size(); i++) {
                Refused group = refused.get(i);
                progress = progress.with("why" + i, group.why())
                        .with("count" + i, Integer.toString(group.count()))
                        .with("gids" + i, String.join(" ", group.gids()));
            }
            return progress.link("").substring(1);
        }

        String id() {
            return query.get("run");
        }

        /** Returns its page. */
        public String href() {
            return query.link(PagePaths.OPERATION_ON_MANY);
        }

        int number(boolean isOpen) {
            return refused.stream()
                    .filter(group -> group.isOpen() == isOpen)
                    .mapToInt(Refused::count)
                    .sum();
        }

        /** Returns how one ended that was not broken off: {@code done}, {@code some}, or {@code failed} for none. */
        public String outcome() {
            return refused.isEmpty() && unchanged == 0 ? "done" : done + number(true) > 0 ? "some" : "failed";
        }
    }

    /**
     * Transactions whose act failed with one code.
     *
     * @param why the first one's failure
     * @param gids the first of them
     */
    public record Refused(String why, int count, List<String> gids) {
        /** Tells whether nobody knows if these acts were done. */
        public boolean isOpen() {
            return ErrorCode.leavesOpen(why);
        }

        Refused with(String gid) {
            List<String> more = new ArrayList<>(gids);
            if (more.size() < MOST_NAMED) {
                more.add(gid);
            }
            return new Refused(why, count + 1, List.copyOf(more));
        }
    }

    /** Returns the act. */
    public String act() {
        return asked.get("act");
    }

    /** Returns how many match, at most {@link #MOST}; 0 where that is not known. */
    public long number() {
        return number(matching);
    }

    static long number(Part<List<OperateMatchingResponse>> matching) {
        List<OperateMatchingResponse> first = matching.value();
        return first == null || first.isEmpty() ? 0 : first.getFirst().getMatched();
    }

    /** Returns how many of which state, pattern, and reason to be parked, in words. */
    public List<String> groups() {
        List<String> groups = new ArrayList<>();
        CountTransactionsResponse counts = counted.value();
        if (counts != null) {
            new TreeMap<>(counts.getByStateMap())
                    .forEach((state, count) -> groups.add(texts.of("pair", texts.of("state." + state), count)));
            new TreeMap<>(counts.getOpenByPatternMap())
                    .forEach((pattern, count) -> groups.add(texts.of("pair", texts.of("pattern." + pattern), count)));
            counts.getParkedByList()
                    .forEach(one -> groups.add(texts.of(
                            "pair",
                            texts.of("state.PARKED") + " \u00b7 " + texts.word("reason", one.getReason())
                                    + (one.getParticipant().isEmpty() ? "" : " \u00b7 " + one.getParticipant()),
                            one.getCount())));
        }
        return groups;
    }

    /** Returns what the form sends beside reason and number. */
    public Map<String, String> fixed() {
        return asked.choice().with("act", act()).values();
    }

    /** Returns the line that does the same on the command line. */
    public String command() {
        return "entente tx bulk " + act() + asked.options()
                + ActForm.option("reason", asked.get("why").isEmpty() ? "REASON" : asked.get("why"))
                + ActForm.option("limit", Long.toString(number()));
    }

    /** Returns how far one is, in words. */
    public String sentence(Run one) {
        String sentence = texts.of(
                one.unchanged() == 0 ? "bulk.run" : "bulk.run.unchanged",
                texts.of("act." + one.query().get("act")),
                one.done(),
                one.matched(),
                one.number(false),
                one.unchanged());
        int open = one.number(true);
        return open == 0 ? sentence : texts.of("bulk.run.open", sentence, open);
    }

    /** Returns why one ended before all were done; empty where it did not. */
    public String broken(Run one) {
        String why = Objects.requireNonNullElse(one.broken(), "");
        return why.equals(BulkRun.STOPPED) || why.equals(BulkRun.INTERRUPTED)
                ? texts.of("bulk." + why)
                : VisibleText.of(why);
    }

    /** Tells whether the form that begins it is shown. */
    public boolean mayDo() {
        return (run == null || run.isOver()) && number() > 0;
    }
}

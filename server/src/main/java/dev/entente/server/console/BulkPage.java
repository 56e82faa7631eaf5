package dev.entente.server.console;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.BulkRunTable;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.OperateMatchingResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An operation on all matching transactions: its preview, its form, and the progress of a run.
 *
 * @param matching the newest matches, each with the number of all matches
 * @param counted the matches by state, pattern and park reason; fails if counting takes too long
 * @param error the error of the submitted form; empty for none
 * @param run null if the URL names no run, or if no run of the id is stored
 * @param results what became of the transactions of the run
 * @param from the number of results before the shown ones
 * @param lately the other runs, latest start first
 */
public record BulkPage(
        TransactionQuery asked,
        ApiResult<List<OperateMatchingResponse>> matching,
        ApiResult<CountTransactionsResponse> counted,
        String error,
        @Nullable Run run,
        List<BulkRunTable.Result> results,
        int from,
        List<Run> lately,
        Texts texts) {
    /** The maximum that the API accepts. */
    public static final int MAX = 10_000;

    /** The maximum number of other runs on a page. */
    static final int MAX_LATELY = 16;

    /** The maximum number of listed transactions: of all matches, and of the refused ones per reason. */
    static final int MAX_NAMED = 20;

    /** The maximum number of results on a page. */
    static final int MAX_RESULTS = 50;

    /**
     * One run of an operation.
     *
     * @param query of the run's page
     * @param unchanged the number of transactions that were already in the requested state
     * @param unanswered the coordinators whose transactions may be missing
     * @param broken the reason for an early end; null for none
     */
    public record Run(
            Query query,
            long matched,
            int done,
            int unchanged,
            List<Refused> refused,
            List<String> unanswered,
            boolean isOver,
            @Nullable String broken) {
        /** Reads a run in the format of {@link #text}. */
        static Run of(BulkRunTable.Row row) {
            Query progress = Query.of(row.progress());
            List<Refused> refused = new ArrayList<>();
            for (int i = 0; !progress.get("count" + i).isEmpty(); i++) {
                refused.add(new Refused(
                        progress.get("why" + i),
                        Integer.parseInt(progress.get("count" + i)),
                        List.of(progress.get("gids" + i).split(" ", -1))));
            }
            String unanswered = progress.get("unanswered");
            String broken = row.isInterrupted() ? BulkRun.INTERRUPTED : progress.get("broken");
            return new Run(
                    Query.of(row.query()),
                    HistoryPage.number(progress.get("matched"), 0),
                    (int) HistoryPage.number(progress.get("done"), 0),
                    (int) HistoryPage.number(progress.get("unchanged"), 0),
                    List.copyOf(refused),
                    unanswered.isEmpty() ? List.of() : List.of(unanswered.split("\n", -1)),
                    row.isOver() || row.isInterrupted(),
                    broken.isEmpty() ? null : broken);
        }

        /** Returns the progress in the format of the table. */
        String text() {
            Query progress = Query.NONE
                    .with("matched", Long.toString(matched))
                    .with("done", Integer.toString(done))
                    .with("unchanged", Integer.toString(unchanged))
                    .with("unanswered", String.join("\n", unanswered))
                    .with("broken", Objects.requireNonNullElse(broken, ""));
            for (int i = 0; i < refused.size(); i++) {
                Refused group = refused.get(i);
                progress = progress.with("why" + i, group.why())
                        .with("count" + i, Integer.toString(group.count()))
                        .with("gids" + i, String.join(" ", group.gids()));
            }
            return progress.link("").substring(1);
        }

        /** Returns the link to the run's entries in the audit. */
        public String audit() {
            return Query.NONE.with("request", AuditRecord.BULK + id()).link("audit");
        }

        String id() {
            return query.get("run");
        }

        /** Returns the link to the run's page. */
        public String href() {
            return query.link(PagePaths.OPERATION_ON_MANY);
        }

        int number(boolean isOpen) {
            return refused.stream()
                    .filter(group -> group.isOpen() == isOpen)
                    .mapToInt(Refused::count)
                    .sum();
        }

        /** Returns the outcome of a run without early end: {@code done}, {@code some}, or {@code failed} for none. */
        public String outcome() {
            return refused.isEmpty() && unchanged == 0 ? "done" : done + number(true) > 0 ? "some" : "failed";
        }
    }

    /**
     * Transactions on which the operation failed with the same code.
     *
     * @param why the failure of the first transaction
     * @param gids the first transactions
     */
    public record Refused(String why, int count, List<String> gids) {
        /** Returns whether the outcome of these operations is unknown. */
        public boolean isOpen() {
            return ErrorCode.leavesOpen(why);
        }

        Refused with(String gid) {
            List<String> more = new ArrayList<>(gids);
            if (more.size() < MAX_NAMED) {
                more.add(gid);
            }
            return new Refused(why, count + 1, List.copyOf(more));
        }
    }

    public String act() {
        return asked.get("operation");
    }

    /** Returns the number of matches, at most {@link #MAX}; 0 if the number is unknown. */
    public long number() {
        return number(matching);
    }

    static long number(ApiResult<List<OperateMatchingResponse>> matching) {
        List<OperateMatchingResponse> first = matching.value();
        return first == null || first.isEmpty() ? 0 : first.getFirst().getMatched();
    }

    /** Returns the number of matches by state, pattern and park reason, in words. */
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

    /** Returns the note on coordinators whose transactions may be missing; empty for none. */
    public String missing() {
        CountTransactionsResponse counts = counted.value();
        List<OperateMatchingResponse> first = matching.value();
        Set<String> unanswered = new TreeSet<>(counts == null ? List.of() : counts.getUnansweredList());
        if (first != null && !first.isEmpty()) {
            unanswered.addAll(first.getFirst().getUnansweredList());
        }
        return missing(unanswered);
    }

    /** Returns the note on these coordinators; empty for none. */
    public String missing(Collection<String> unanswered) {
        return unanswered.isEmpty() ? "" : TransactionsPage.missing(unanswered, texts);
    }

    /** Returns the current states of the run's transactions, in words, each with its number. */
    public List<String> became() {
        Map<String, Long> numbers =
                results.stream().collect(Collectors.groupingBy(this::state, LinkedHashMap::new, Collectors.counting()));
        return numbers.entrySet().stream()
                .map(one -> texts.of("pair", one.getKey(), one.getValue()))
                .toList();
    }

    /** Returns the current state of a transaction of the run, in words. */
    public String state(BulkRunTable.Result one) {
        if (one.isParked()) {
            return texts.of(one.isAgain() && !act().equals("park") ? "bulk.parked-again" : "state.PARKED");
        }
        return texts.of(one.state() == null ? "bulk.removed" : "state." + one.state());
    }

    /** Returns the results on this page. */
    public List<BulkRunTable.Result> shown() {
        return results.stream().skip(from).limit(MAX_RESULTS).toList();
    }

    /** Returns the link to the next results; empty for none. */
    public String next() {
        int next = from + MAX_RESULTS;
        return run == null || next >= results.size()
                ? ""
                : run.query().with("row", Integer.toString(next)).link(PagePaths.OPERATION_ON_MANY);
    }

    /** Returns the form's fields other than the reason and the number. */
    public Map<String, String> fixed() {
        return asked.choice().with("operation", act()).values();
    }

    /** Returns the equivalent command line. */
    public String command() {
        boolean lacksReason = asked.get("why").isEmpty() && OperationForm.needsReason(act());
        return "entente tx bulk " + act() + asked.options()
                + OperationForm.option("reason", lacksReason ? "REASON" : asked.get("why"))
                + OperationForm.option("limit", Long.toString(number()));
    }

    /** Returns the progress of a run, in words. */
    public String sentence(Run one) {
        String sentence = texts.of(
                one.unchanged() == 0 ? "bulk.run" : "bulk.run.unchanged",
                texts.of("operation." + one.query().get("operation")),
                one.done(),
                one.matched(),
                one.number(false),
                one.unchanged());
        int open = one.number(true);
        return open == 0 ? sentence : texts.of("bulk.run.open", sentence, open);
    }

    /** Returns the reason for a run's early end; empty for none. */
    public String broken(Run one) {
        String why = Objects.requireNonNullElse(one.broken(), "");
        return why.equals(BulkRun.STOPPED) || why.equals(BulkRun.INTERRUPTED)
                ? texts.of("bulk." + why)
                : VisibleText.of(why);
    }

    /** Returns whether the page shows the form that begins a run. */
    public boolean mayDo() {
        return (run == null || run.isOver()) && number() > 0;
    }
}

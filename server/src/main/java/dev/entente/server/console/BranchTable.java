package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.drawing.PlanShape;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The branches of a transaction, with all content of the plan's drawing. Wide plans have several pages.
 *
 * @param range the position of the rows among all rows, in words; empty if these are all rows
 * @param previous the link to the previous page; empty for none
 * @param next the link to the next page; empty for none
 * @param hasOrder whether a branch waits for another branch
 * @param isBare whether the transaction has finished and no payload is stored
 */
public record BranchTable(
        List<Row> rows, String count, String range, String previous, String next, boolean hasOrder, boolean isBare) {
    static final int SIZE = 64;
    private static final int MAX_NAMED = 4;

    /**
     * A branch.
     *
     * @param marks the words for a pivot and for a retriable step; empty for neither
     * @param after the branches that the branch waits for
     * @param outcome of the shown operation; empty for none
     * @param skip the actor and the reason of a skip; empty if no operator skipped the branch
     * @param plans the next automatic step; empty for none
     * @param next the time of the next step; null if the step has no time
     * @param related the link to the transaction that the branch became or waits for; null for none
     * @param payload the link to the request; empty if there is none or the user may not read it
     */
    public record Row(
            BranchStatus branch,
            String marks,
            String after,
            String target,
            String outcome,
            String trouble,
            String skip,
            String plans,
            @Nullable DisplayedTime next,
            Frame.@Nullable Link related,
            String payload) {}

    static BranchTable of(Transaction transaction, Frame frame) {
        PlanShape shape = PlanShape.of(transaction);
        int count = shape.parts().size();
        int from = (int) Math.min(HistoryPage.number(frame.query().get("branches"), 0), Math.max(0, count - 1))
                / SIZE
                * SIZE;
        int to = Math.min(count, from + SIZE);
        List<Row> rows = IntStream.range(from, to)
                .mapToObj(one -> row(transaction, shape, one, frame))
                .toList();
        Query base = Query.NONE.with("gid", transaction.getGid());
        return new BranchTable(
                rows,
                Integer.toString(count),
                count <= SIZE ? "" : frame.t("branches.range", from + 1, to, count),
                from == 0 ? "" : link(base, from - SIZE),
                to == count ? "" : link(base, to),
                rows.stream().anyMatch(row -> !row.after().isEmpty()),
                frame.visitor().isOperator()
                        && transaction.getTerminal()
                        && transaction.getBranchesList().stream().noneMatch(BranchStatus::getHasPayload));
    }

    private static String link(Query base, int from) {
        return base.with("branches", from == 0 ? "" : Integer.toString(from)).link("transaction") + "#branches";
    }

    private static Row row(Transaction transaction, PlanShape shape, int index, Frame frame) {
        Instant now = frame.now();
        Texts texts = frame.texts();
        PlanShape.Planned part = shape.parts().get(index);
        BranchStatus branch = part.status();
        String marks = (part.isPivot() ? texts.of("branch.pivot") + " " : "")
                + (part.isRetriable() ? texts.of("branch.retriable") : "");
        HistoryEvent skip = branch.getState() == BranchStatus.State.SKIPPED
                ? HistoryPage.events(transaction, "DROPPED", branch.getId())
                        .reduce((_, last) -> last)
                        .orElse(HistoryEvent.getDefaultInstance())
                : HistoryEvent.getDefaultInstance();
        boolean isGivenUp = !skip.getKind().isEmpty();
        String plans = plans(transaction, branch, now);
        return new Row(
                branch,
                marks.strip(),
                after(shape, index, texts),
                shortened(branch.getTarget()),
                hasOutcome(branch) ? texts.word("outcome", branch.getLastOutcome()) : "",
                shortened(TransactionRow.trouble(branch, texts)),
                isGivenUp
                        ? texts.of("branch.skipped", VisibleText.of(skip.getActor()), shortened(skip.getDetail()))
                        : "",
                plans.isEmpty() ? "" : texts.of("branch.next." + plans),
                plans.isEmpty() || transaction.hasParked()
                        ? null
                        : DisplayedTime.of(branch.getNextAttemptTime(), now, texts),
                related(transaction, part, texts),
                frame.visitor().isOperator() && branch.getHasPayload()
                        ? PayloadPage.link(transaction.getGid(), branch.getId(), branch.getCurrentOp(), false)
                        : "");
    }

    private static String shortened(String text) {
        return HistoryPage.cut(VisibleText.of(text), HistoryPage.LONGEST);
    }

    private static String plans(Transaction transaction, BranchStatus branch, Instant now) {
        if (!branch.hasNextAttemptTime() || transaction.hasParked()) {
            return branch.hasNextAttemptTime() ? "parked" : "";
        } else if (Times.instant(branch.getNextAttemptTime()).isBefore(now)) {
            return "due";
        }
        boolean isAsked = branch.getState() == BranchStatus.State.AWAITING_APPROVAL;
        return isAsked ? "expires" : branch.getBlockedBy().isEmpty() ? "call" : "turn";
    }

    /** Returns whether the last outcome is of the shown operation: an action's outcome is not of the due undo. */
    private static boolean hasOutcome(BranchStatus branch) {
        boolean isOfAction = branch.getState() == BranchStatus.State.DONE
                && branch.getLastOutcome() == Call.Outcome.OK
                && StatusStyle.isUndo(branch.getCurrentOp());
        return branch.getLastOutcome() != Call.Outcome.OUTCOME_UNSPECIFIED && !isOfAction;
    }

    private static Frame.@Nullable Link related(Transaction transaction, PlanShape.Planned part, Texts texts) {
        String blocker = part.status().getBlockedBy();
        if (part.form() == PlanShape.Form.CHILD && part.status().getState() == BranchStatus.State.DONE) {
            String child = transaction.getGid() + "/" + part.id();
            return new Frame.Link(texts.of("branch.related"), TransactionRow.href(child), false);
        }
        return blocker.isEmpty() || blocker.startsWith("(") || transaction.getPattern() != Pattern.MESSAGE
                ? null
                : new Frame.Link(texts.of("branch.before"), TransactionRow.href(blocker), false);
    }

    private static String after(PlanShape shape, int index, Texts texts) {
        int parent = shape.graph().parent(index);
        if (parent >= 0) {
            return texts.of("branch.under", shape.parts().get(parent).id());
        }
        int[] before = shape.nearest(index);
        String names = Arrays.stream(before)
                .limit(MAX_NAMED)
                .mapToObj(one -> shape.parts().get(one).id())
                .collect(Collectors.joining(", "));
        return before.length <= MAX_NAMED ? names : texts.of("branch.and-more", names, before.length - MAX_NAMED);
    }
}

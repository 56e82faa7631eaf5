package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.drawing.PlanPicture;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.drawing.TimeScale;
import dev.entente.server.console.drawing.TimelineChart;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The content of the page of one transaction.
 *
 * @param plans drawn for a wide screen, and for a narrow screen
 * @param timelines as {@code plans}
 * @param acts the operations that the user may request; empty for none
 * @param awaited the participant for which a parked transaction waits; null for none
 * @param lastAct the newest operation of a person, if it is recent or the last event; else null
 */
public record TransactionDetails(
        TransactionRow head,
        List<TransactionFact> facts,
        BranchTable branches,
        List<PlanPicture> plans,
        List<TimelineChart> timelines,
        HistoryPage history,
        List<OfferedOperation> acts,
        @Nullable AwaitedParticipant awaited,
        HistoryPage.@Nullable Row lastAct,
        Texts texts) {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyy-MM-dd").withZone(ZoneOffset.UTC);
    private static final int LONGEST_TITLE = 140;
    private static final Duration YOUNG = Duration.ofMinutes(10);

    static TransactionDetails of(
            Transaction found, Frame frame, List<OfferedOperation> acts, @Nullable AwaitedParticipant awaited) {
        Transaction transaction = byItsHistory(found);
        Instant now = frame.now();
        Texts texts = frame.texts();
        Query query = frame.query();
        Timestamp end = Timestamps.fromMillis(now.toEpochMilli());
        return new TransactionDetails(
                TransactionRow.of(transaction, now, texts),
                TransactionFact.of(transaction, now, texts),
                BranchTable.of(transaction, frame),
                List.of(PlanPicture.of(transaction, false), PlanPicture.of(transaction, true)),
                List.of(
                        TimelineChart.of(transaction, end, TimelineChart.PlotArea.WIDE),
                        TimelineChart.of(transaction, end, TimelineChart.PlotArea.NARROW)),
                HistoryPage.of(transaction, query, now, texts),
                acts,
                awaited,
                lastAct(transaction, query, now, texts),
                texts);
    }

    /**
     * Returns the newest operation of a person. Null if the operation is neither recent nor the last event, or if it is
     * a park: the park reason already shows this park.
     */
    private static HistoryPage.@Nullable Row lastAct(Transaction transaction, Query query, Instant now, Texts texts) {
        return transaction.getHistoryList().reversed().stream()
                .filter(event -> isAct(event, transaction))
                .limit(1)
                .filter(event -> !event.getKind().equals("PARKED")
                        || !transaction.getParked().hasByOperator())
                .filter(event -> event.getRevision() == transaction.getHistoryCount()
                        || Times.instant(event.getTime()).isAfter(now.minus(YOUNG)))
                .map(event -> HistoryPage.row(transaction, event, query, false, now, texts))
                .findFirst()
                .orElse(null);
    }

    /** Returns whether an event is an operation of a person. A client's submission, commit or abort is not. */
    private static boolean isAct(HistoryEvent event, Transaction transaction) {
        return !event.getActor().isEmpty()
                && switch (event.getKind()) {
                    case "ACCEPTED", "UNPARKED" -> false;
                    case "DECIDED", "FINISHED" ->
                        transaction.getForced() || transaction.getAbortReason() == Transaction.AbortReason.OPERATOR;
                    default -> true;
                };
    }

    /**
     * Returns the transaction with the times of its history, because the row is written slightly later than the event.
     * A branch that an operator resolved as done is shown as done until it is undone.
     */
    private static Transaction byItsHistory(Transaction transaction) {
        Transaction.Builder reported = transaction.toBuilder();
        List<HistoryEvent> events = transaction.getHistoryList();
        if (!events.isEmpty()) {
            reported.setCreateTime(events.getFirst().getTime());
        }
        if (!events.isEmpty() && transaction.hasFinishTime()) {
            reported.setFinishTime(events.getLast().getTime());
        }
        reported.getBranchesBuilderList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.RESOLVED)
                .filter(branch ->
                        StatusStyle.isUndo(branch.getCurrentOp()) && Resolvable.isToSettle(transaction, branch.build()))
                .forEach(branch -> branch.setState(BranchStatus.State.DONE));
        return reported.build();
    }

    /** Returns the recommended operation; null for none, or if the operation is not possible now. */
    public @Nullable OfferedOperation recommended() {
        Parked parked = head.transaction().getParked();
        String act = OfferedOperation.recommended(parked.getReason(), parked.getDetail());
        return acts.stream()
                .filter(one -> one.isPossible() && one.form().act().equals(act))
                .findFirst()
                .orElse(null);
    }

    /** Returns the reason of the undo in one sentence; empty if no undo is in progress. */
    public String why() {
        Transaction transaction = head.transaction();
        if (transaction.getState() != Transaction.State.UNDOING) {
            return "";
        }
        String reason = TransactionFact.aborted(transaction, texts);
        return texts.of(
                "transaction.why",
                Stream.of(reason, transaction.getRejection(), transaction.getDetail())
                        .filter(text -> !text.isEmpty())
                        .map(VisibleText::of)
                        .collect(Collectors.joining(" \u00b7 ")));
    }

    /**
     * Returns whether the page shows the stored row because the owner did not respond. False for a dead owner, because
     * the wait reason already names that owner.
     */
    public boolean isSilent() {
        Waiting waiting = head.transaction().getWaiting();
        return waiting.getAsLastWritten() && waiting.getKind() != Waiting.Kind.DEAD_OWNER;
    }

    public String title(TimelineChart.Mark mark) {
        HistoryEvent event = mark.event();
        String end = Badge.of(head.transaction(), texts).text();
        String sentence = HistoryPage.cut(HistoryPage.sentence(event, end, texts), LONGEST_TITLE);
        String title = "#" + event.getRevision() + " " + CLOCK.format(Times.instant(event.getTime())) + " " + sentence;
        return mark.count() == 1 ? title : texts.of("timeline.several", title, mark.count() - 1);
    }

    public String tick(TimeScale.Tick tick) {
        return tick.isClock()
                ? CLOCK.format(Instant.ofEpochMilli(tick.time()))
                : "+" + texts.span(Duration.ofMillis(tick.sincePiece()));
    }

    /** Returns the day of a tick that begins a piece; otherwise the empty text. */
    public String day(TimeScale.Tick tick) {
        return tick.isClock() ? DAY.format(Instant.ofEpochMilli(tick.time())) : "";
    }

    public String length(TimeScale.Cut cut) {
        return texts.span(Duration.ofMillis(cut.to() - cut.from()));
    }

    public String label(PlanPicture.Node node) {
        return node.id().isEmpty()
                ? texts.of("plan.decision")
                : PlanPicture.Node.shortened((node.part().isPivot() ? "\u25c6 " : "")
                        + (node.part().isRetriable() ? "\u21bb " : "")
                        + node.id());
    }

    /** Returns the sign and the state of a node. The state has the same text as in the table of branches. */
    public String state(PlanPicture.Node node) {
        String word = node.id().isEmpty()
                ? texts.of("plan.decision." + node.tone().name())
                : Badge.of(node.part().status(), texts).text();
        return node.tone().sign() + " " + word;
    }

    public String length() {
        List<TimeScale.Piece> pieces = timelines.getFirst().scale().pieces();
        return texts.span(
                Duration.ofMillis(pieces.getLast().to() - pieces.getFirst().from()));
    }

    public String label(TimelineChart.Track track) {
        return track.others() > 0
                ? texts.of("timeline.others", track.others())
                : track.id().isEmpty() ? texts.of("timeline.own") : PlanPicture.Node.shortened(track.id());
    }

    /** Returns the number of events of a mark, in at most two characters. */
    public String count(TimelineChart.Mark mark) {
        return mark.count() > 9 ? "9+" : Integer.toString(mark.count());
    }
}

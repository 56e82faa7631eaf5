package dev.entente.server.cli;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.MessageJson;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One transaction as text: its state, its branches, and its history. */
public final class Timeline {
    private static final int TIME_WIDTH = 12;

    private final StringBuilder text = new StringBuilder();
    private final Transaction transaction;
    private final Timestamp began;
    /** The attempts that ended with the same error, by branch, operation and error. */
    private final Map<List<String>, List<Integer>> attempts = new HashMap<>();

    private Timeline(Transaction transaction) {
        this.transaction = transaction;
        this.began = began(transaction);
    }

    static String of(Transaction transaction) {
        Timeline timeline = new Timeline(transaction);
        timeline.head();
        timeline.branches();
        timeline.history();
        if (!transaction.getTerminal()) {
            timeline.pending();
        }
        return timeline.text.substring(1);
    }

    /** Returns only the history: one line for each event, with the time since the acceptance. */
    public static List<String> history(Transaction transaction) {
        Timeline timeline = new Timeline(transaction);
        timeline.history();
        return timeline.text.toString().lines().skip(1).toList();
    }

    private void history() {
        Transaction.State before = Transaction.State.STATE_UNSPECIFIED;
        for (HistoryEvent event : transaction.getHistoryList()) {
            event(event, before);
            before = event.getStateAfter();
        }
    }

    /** Returns the start of the timeline. The row's creation time is its commit, slightly after the acceptance. */
    private static Timestamp began(Transaction transaction) {
        Timestamp created = transaction.getCreateTime();
        Timestamp accepted = transaction.getHistoryCount() == 0
                ? created
                : transaction.getHistory(0).getTime();
        return Timestamps.compare(accepted, created) < 0 ? accepted : created;
    }

    private void line(String line) {
        text.append('\n').append(line.stripTrailing());
    }

    private void head() {
        line(Lines.summary(transaction));
        StringBuilder labels = new StringBuilder();
        new TreeMap<>(transaction.getLabelsMap())
                .forEach((key, value) ->
                        labels.append(", ").append(key).append('=').append(VisibleText.of(value)));
        line("  " + transaction.getName() + ", " + transaction.getPattern() + labels);
        line("  created " + Lines.time(transaction.getCreateTime())
                + (transaction.hasFinishTime() ? ", finished after " + after(transaction.getFinishTime()) : "")
                + (transaction.hasDeadlineTime() ? ", deadline " + Lines.time(transaction.getDeadlineTime()) : ""));
        if (!transaction.getTraceId().isEmpty()) {
            line("  trace " + transaction.getTraceId());
        }
        if (!transaction.getCoordinator().isEmpty()) {
            line("  held by " + transaction.getCoordinator()
                    + (transaction.getAsLastSeen() ? "; latest state, its last changes are not durable yet" : ""));
        }
        if (transaction.hasResult()) {
            line("  result "
                    + (transaction.getResult().hasJson()
                            ? VisibleText.of(
                                    MessageJson.of(transaction.getResult()).toString())
                            : transaction.getResult().getRaw().size() + " bytes"));
        }
        line("");
    }

    private void branches() {
        line(Lines.table(
                List.of("  BRANCH", "STATE", "OPERATION", "ATTEMPTS", "LAST", "TARGET", "ERROR"),
                transaction.getBranchesList().stream()
                        .map(branch -> List.of(
                                "  " + branch.getId(),
                                branch.getState().name(),
                                branch.getCurrentOp(),
                                Integer.toString(branch.getAttempts()),
                                outcome(branch.getLastOutcome()),
                                branch.getTarget(),
                                // An unsent call is no attempt. The reason of its wait is more useful than an old
                                // error.
                                branch.getNotSent().isEmpty()
                                        ? branch.getLastError()
                                        : "not sent: " + branch.getNotSent()))));
        line("");
    }

    private static String parkReason(Parked.Reason reason) {
        return reason == Parked.Reason.REASON_UNSPECIFIED ? "" : reason.name();
    }

    private static String outcome(Call.Outcome outcome) {
        return outcome == Call.Outcome.OUTCOME_UNSPECIFIED ? "" : outcome.name();
    }

    private void event(HistoryEvent event, Transaction.State before) {
        String after = after(event.getTime());
        StringBuilder line = new StringBuilder().repeat(' ', Math.max(2, TIME_WIDTH - after.length()));
        line.append(after).append("  ").append(mark(event)).append(' ');
        if (event.getKind().equals("CALL_FINISHED")) {
            line.append(event.getBranch()).append(' ').append(event.getOp());
            append(line, " #", event.getAttempt() > 0 ? Integer.toString(event.getAttempt()) : "");
            line.append(' ').append(outcome(event.getOutcome()));
        } else {
            line.append(event.getKind());
            append(line, " ", parkReason(event.getParkReason()));
            append(line, " ", event.getBranch().isEmpty() ? "" : event.getBranch() + " " + event.getOp());
            append(line, " ", outcome(event.getOutcome()));
            append(
                    line,
                    " → ",
                    event.getStateAfter() == before ? "" : event.getStateAfter().name());
        }
        append(line, ": ", detail(event));
        append(line, " by ", event.getActor());
        append(line, " on ", event.getNode());
        line(line.toString());
    }

    /** Returns the event's text. An error of an earlier attempt of the operation is replaced by a reference. */
    private String detail(HistoryEvent event) {
        String text = event.getDetail();
        if (!event.getKind().equals("CALL_FINISHED") || text.isEmpty()) {
            return text;
        }
        List<Integer> equal =
                attempts.computeIfAbsent(List.of(event.getBranch(), event.getOp(), text), _ -> new ArrayList<>());
        equal.add(event.getAttempt());
        return equal.size() == 1 ? text : "error of #" + equal.getFirst() + ", " + equal.size() + " times";
    }

    private static void append(StringBuilder line, String before, String text) {
        if (!text.isEmpty()) {
            line.append(before).append(VisibleText.of(text));
        }
    }

    private static String mark(HistoryEvent event) {
        return switch (event.getKind()) {
            case "CALL_FINISHED" ->
                switch (event.getOutcome()) {
                    case OK -> "├ ✓";
                    case REJECTED, FAILED, MISCONFIGURED -> "├ ✗";
                    case OUTCOME_UNSPECIFIED, IN_PROGRESS, UNKNOWN, UNRECOGNIZED -> "├ ?";
                };
            case "FINISHED" -> "└ ■";
            case "APPROVAL_DECIDED" -> event.getOutcome() == Call.Outcome.OK ? "├ ✓" : "├ ✗";
            case "APPROVAL_ASKED", "APPROVAL_EXPIRED" -> "├ ?";
            case "DECIDED", "PIVOT_CALLED" -> "├ ◆";
            case "PARKED" -> "├ ‖";
            default -> "├ ●";
        };
    }

    private void pending() {
        String due = transaction.hasDueTime() ? "due " + Lines.time(transaction.getDueTime()) : "in progress";
        line("              └ … "
                + (transaction.hasWaiting()
                        ? VisibleText.of(transaction.getWaiting().getSentence())
                        : due));
    }

    private String after(Timestamp at) {
        long millis = Durations.toMillis(Timestamps.between(began, at));
        long size = Math.abs(millis);
        // A format or a BigDecimal would load and compute more than all other code here.
        String fraction = Long.toString(1_000 + size % 1_000).substring(1);
        return (millis < 0 ? "+-" : "+") + size / 1_000 + "." + fraction + "s";
    }
}

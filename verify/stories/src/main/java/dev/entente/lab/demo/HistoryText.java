package dev.entente.lab.demo;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Locale;

/** A transaction's history as lines of text, one per event, with milliseconds since it was accepted. */
final class HistoryText {
    private HistoryText() {}

    /** The lines, in order; the transaction must carry its history. */
    static List<String> of(Transaction transaction) {
        Timestamp start = transaction.getCreateTime();
        return transaction.getHistoryList().stream()
                .map(event -> "%6d ms  %s"
                        .formatted(
                                millisBetween(start, event.getTime()),
                                line(event).stripTrailing()))
                .toList();
    }

    private static long millisBetween(Timestamp start, Timestamp time) {
        return Math.max(0, Timestamps.toMillis(time) - Timestamps.toMillis(start));
    }

    private static String line(HistoryEvent event) {
        return switch (event.getKind()) {
            case "ACCEPTED" -> "accepted: it is durable, and will end";
            case "BRANCH_REGISTERED" -> "%-12s registered".formatted(event.getBranch());
            case "CALL_FINISHED" -> call(event);
            case "PIVOT_CALLED" -> "%-12s point of no return".formatted(event.getBranch());
            case "DECIDED" -> "decided: from here on it is " + event.getStateAfter() + because(event);
            case "ADOPTED" -> "taken over after a restart";
            case "FINISHED" -> event.getStateAfter().toString();
            default -> event.getKind().toLowerCase(Locale.ROOT) + ' ' + event.getBranch() + because(event);
        };
    }

    private static String call(HistoryEvent event) {
        String attempt = event.getAttempt() > 1 ? " (attempt " + event.getAttempt() + ")" : "";
        String detail = event.getOutcome() == Call.Outcome.OK ? "" : because(event);
        return "%-12s %-11s %s%s%s".formatted(event.getBranch(), event.getOp(), event.getOutcome(), attempt, detail);
    }

    private static String because(HistoryEvent event) {
        return event.getDetail().isEmpty() ? "" : ": " + event.getDetail();
    }
}

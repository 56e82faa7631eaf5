package dev.entente.server.cli.text;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** One transaction drawn in text: how it stands, its branches, and what happened when. */
public final class Timeline {
    private static final int TIME_WIDTH = 10;

    private Timeline() {}

    public static void draw(Transaction transaction, PrintWriter out) {
        head(transaction, out);
        out.println();
        branches(transaction, out);
        out.println();
        Timestamp began = began(transaction);
        Transaction.State before = Transaction.State.STATE_UNSPECIFIED;
        for (HistoryEvent event : transaction.getHistoryList()) {
            event(event, before, began, out);
            before = event.getStateAfter();
        }
        if (!transaction.getTerminal()) {
            out.println(pending(transaction));
        }
    }

    private static void head(Transaction transaction, PrintWriter out) {
        out.println(Lines.summary(transaction));
        out.println(
                "  " + transaction.getName() + ", " + transaction.getPattern().name() + labels(transaction));
        out.println("  created " + Lines.time(transaction.getCreateTime())
                + (transaction.hasFinishTime()
                        ? ", finished after " + after(began(transaction), transaction.getFinishTime())
                        : "")
                + (transaction.hasDeadlineTime() ? ", deadline " + Lines.time(transaction.getDeadlineTime()) : ""));
        if (!transaction.getCoordinator().isEmpty()) {
            out.println("  held by " + transaction.getCoordinator()
                    + (transaction.getAsLastSeen() ? "; live, not all of it durable yet" : ""));
        }
        if (transaction.hasResult()) {
            out.println("  result "
                    + (transaction.getResult().hasJson()
                            ? ProtoJson.of(transaction.getResult().getJson())
                            : transaction.getResult().getRaw().size() + " bytes"));
        }
    }

    private static String labels(Transaction transaction) {
        Map<String, String> sorted = new TreeMap<>(transaction.getLabelsMap());
        return sorted.isEmpty()
                ? ""
                : sorted.entrySet().stream()
                        .map(label -> label.getKey() + "=" + VisibleText.of(label.getValue()))
                        .collect(Collectors.joining(", ", ", ", ""));
    }

    private static void branches(Transaction transaction, PrintWriter out) {
        List<List<String>> rows = transaction.getBranchesList().stream()
                .map(branch -> List.of(
                        "  " + branch.getId(),
                        branch.getState().name(),
                        branch.getCurrentOp(),
                        Integer.toString(branch.getAttempts()),
                        outcome(branch.getLastOutcome()),
                        branch.getTarget(),
                        error(branch)))
                .toList();
        Lines.table(out, List.of("  BRANCH", "STATE", "OPERATION", "ATTEMPTS", "LAST", "TARGET", "ERROR"), rows);
    }

    /** A call that has not left is no attempt: why it waits says more than how an earlier one ended. */
    private static String error(BranchStatus branch) {
        return branch.getNotSent().isEmpty() ? branch.getLastError() : "not sent: " + branch.getNotSent();
    }

    private static String outcome(Call.Outcome outcome) {
        return outcome == Call.Outcome.OUTCOME_UNSPECIFIED ? "" : outcome.name();
    }

    /** The row's time of creation is that of its commit, a moment after the acceptance was put down. */
    private static Timestamp began(Transaction transaction) {
        if (transaction.getHistoryCount() == 0) {
            return transaction.getCreateTime();
        }
        Timestamp accepted = transaction.getHistory(0).getTime();
        return Timestamps.compare(accepted, transaction.getCreateTime()) < 0 ? accepted : transaction.getCreateTime();
    }

    private static void event(HistoryEvent event, Transaction.State before, Timestamp began, PrintWriter out) {
        String after = after(began, event.getTime());
        StringBuilder line = new StringBuilder("  ").append(" ".repeat(Math.max(0, TIME_WIDTH - after.length())));
        line.append(after).append("  ").append(mark(event)).append(' ');
        if (event.getKind().equals("CALL_FINISHED")) {
            line.append(event.getBranch()).append(' ').append(event.getOp());
            if (event.getAttempt() > 0) {
                line.append(" #").append(event.getAttempt());
            }
            line.append(' ').append(outcome(event.getOutcome()));
        } else {
            line.append(event.getKind());
            if (!event.getBranch().isEmpty()) {
                line.append(' ').append(event.getBranch()).append(' ').append(event.getOp());
            }
            append(line, " ", outcome(event.getOutcome()));
            if (event.getStateAfter() != before) {
                line.append(" → ").append(event.getStateAfter().name());
            }
        }
        append(line, ": ", event.getDetail());
        append(line, " by ", event.getActor());
        append(line, " on ", event.getNode());
        out.println(line.toString().stripTrailing());
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

    private static String pending(Transaction transaction) {
        String next = transaction.getBranchesList().stream()
                .filter(BranchStatus::hasNextAttemptTime)
                .map(branch -> next(transaction, branch))
                .collect(Collectors.joining(", "));
        String due = transaction.hasDueTime() ? "due " + Lines.time(transaction.getDueTime()) : "";
        String text = next.isEmpty() ? due : next;
        return "              └ … "
                + (transaction.hasParked() ? "waits for an operator" : text.isEmpty() ? "under way" : text);
    }

    private static String next(Transaction transaction, BranchStatus branch) {
        String time = Lines.time(branch.getNextAttemptTime());
        return branch.getState() == BranchStatus.State.AWAITING_APPROVAL
                ? branch.getId() + " awaits an answer until " + time + prompt(transaction, branch.getId())
                : branch.getId() + " " + branch.getCurrentOp() + " again at " + time;
    }

    private static String prompt(Transaction transaction, String step) {
        return transaction.getPlan().getSaga().getStepsList().stream()
                .filter(each -> each.getId().equals(step)
                        && !each.getApproval().getPrompt().isEmpty())
                .map(each -> ": " + each.getApproval().getPrompt())
                .findFirst()
                .orElse("");
    }

    private static String after(Timestamp began, Timestamp at) {
        long millis = Durations.toMillis(Timestamps.between(began, at));
        long size = Math.abs(millis);
        // Neither a format nor a BigDecimal: each loads and computes more than all else here.
        String fraction = Long.toString(1_000 + size % 1_000).substring(1);
        return (millis < 0 ? "+-" : "+") + size / 1_000 + "." + fraction + "s";
    }
}

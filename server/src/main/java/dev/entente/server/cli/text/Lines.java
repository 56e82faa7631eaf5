package dev.entente.server.cli.text;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Text that people read. */
public final class Lines {
    private Lines() {}

    /** {@code order-4711 SUCCEEDED}; what is wrong with it behind. */
    public static String summary(Transaction transaction) {
        StringBuilder line = new StringBuilder(transaction.getGid())
                .append(' ')
                .append(transaction.getState().name());
        if (transaction.getForced()) {
            line.append(" (forced)");
        }
        if (transaction.getAbortReason() != Transaction.AbortReason.ABORT_REASON_UNSPECIFIED) {
            line.append(": ").append(transaction.getAbortReason().name());
        }
        if (!transaction.getDetail().isEmpty()) {
            line.append(", ").append(VisibleText.of(transaction.getDetail()));
        }
        String awaited = transaction.getBranchesList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL)
                .map(BranchStatus::getId)
                .collect(Collectors.joining(", "));
        if (!awaited.isEmpty()) {
            line.append("; AWAITING_APPROVAL: ").append(awaited);
        }
        if (transaction.hasParked()) {
            line.append("; PARKED ")
                    .append(transaction.getParked().getReason().name())
                    .append(": ")
                    .append(VisibleText.of(transaction.getParked().getDetail()))
                    .append(" (")
                    .append(transaction.getParked().getAdvice())
                    .append(')');
        }
        return line.toString();
    }

    /** Returns the rest of the transaction's line in a list, behind gid and state. */
    public static String remark(Transaction transaction) {
        String summary = summary(transaction);
        String shown = transaction.getGid() + " " + transaction.getState().name();
        return summary.length() == shown.length()
                ? ""
                : summary.substring(shown.length()).replaceFirst("^[:;,]? *", "");
    }

    /** How a command ends that waited for it. */
    public static int exitCode(Transaction transaction) {
        if (transaction.getState() == Transaction.State.SUCCEEDED) {
            return ExitCode.HELD;
        }
        return transaction.getTerminal() || transaction.hasParked() ? ExitCode.DOES_NOT_HOLD : ExitCode.STILL_RUNNING;
    }

    /** Returns the same as {@link Timestamps#toString}, whose calendar costs a command more than java.time. */
    public static String time(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toString();
    }

    /** Columns as wide as what stands in them, made visible. The last one is not padded. */
    public static void table(PrintWriter out, List<String> heads, List<List<String>> texts) {
        List<List<String>> rows = texts.stream()
                .map(row -> row.stream().map(VisibleText::of).toList())
                .toList();
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < heads.size(); column++) {
            int width = heads.get(column).length();
            for (List<String> row : rows) {
                width = Math.max(width, row.get(column).length());
            }
            widths.add(width);
        }
        line(out, heads, widths);
        rows.forEach(row -> line(out, row, widths));
    }

    private static void line(PrintWriter out, List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            line.append(row.get(column));
            if (column < row.size() - 1) {
                line.append(" ".repeat(widths.get(column) - row.get(column).length() + 2));
            }
        }
        out.println(line.toString().stripTrailing());
    }
}

package dev.entente.server.cli;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.StateText;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Texts for people. */
final class Lines {
    private Lines() {}

    /**
     * Returns lines with all characters made visible except line breaks. Make the text of others visible before this
     * call: its line breaks would look like the command's own.
     */
    static String visible(String lines) {
        return Stream.of(lines.split("\n", -1)).map(VisibleText::of).collect(Collectors.joining("\n"));
    }

    /** Returns a line such as {@code order-4711 SUCCEEDED}, followed by problems of the transaction. */
    static String summary(Transaction transaction) {
        String unchanged = transaction.getUnchanged() ? "; no change: the transaction was already in this state" : "";
        return transaction.getGid() + " " + state(transaction) + remarks(transaction) + unchanged;
    }

    /** Returns the state. Reads the message file only if the state's name needs details. */
    static String state(Transaction transaction) {
        return StateText.isPlain(transaction)
                ? transaction.getState().name()
                : StateText.of(transaction, TextCatalog.ENGLISH);
    }

    /**
     * Returns the rest of a transaction's line in a list, after gid and state: the reason of the wait, in a sentence.
     * The possible operations are in {@link #advice}.
     */
    static String remark(Transaction transaction) {
        String remark = transaction.hasWaiting()
                ? ended(transaction) + "; " + transaction.getWaiting().getSentence()
                : remarks(transaction);
        return remark.replaceFirst("^[:;,]? *", "");
    }

    /** Returns the possible operations for parked transactions, once for each park reason, after an empty line. */
    static String advice(List<Transaction> transactions) {
        String lines = transactions.stream()
                .filter(Transaction::hasParked)
                .map(Transaction::getParked)
                .map(parked -> "\n" + parked.getReason() + ": " + VisibleText.of(parked.getAdvice()))
                .distinct()
                .collect(Collectors.joining());
        return lines.isEmpty() ? "" : "\n" + lines;
    }

    /** Returns the reason of the switch to undo. */
    private static String ended(Transaction transaction) {
        StringBuilder line = new StringBuilder();
        if (transaction.getAbortReason() != Transaction.AbortReason.ABORT_REASON_UNSPECIFIED) {
            line.append(": ").append(transaction.getAbortReason());
        }
        if (!transaction.getDetail().isEmpty()) {
            line.append(", ").append(VisibleText.of(transaction.getDetail()));
        }
        return line.toString();
    }

    private static String remarks(Transaction transaction) {
        StringBuilder line = new StringBuilder(ended(transaction));
        String awaited = transaction.getBranchesList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL)
                .map(BranchStatus::getId)
                .collect(Collectors.joining(", "));
        if (!awaited.isEmpty()) {
            line.append("; AWAITING_APPROVAL: ").append(awaited);
        }
        if (transaction.hasParked()) {
            var parked = transaction.getParked();
            line.append("; ").append(parked.getReason()).append(": ").append(VisibleText.of(parked.getDetail()));
            line.append(" (").append(parked.getAdvice()).append(')');
        }
        return line.toString();
    }

    /** Returns the branches with their states, such as {@code reserve DONE, pay CALLED}. */
    static String branches(Transaction transaction) {
        return transaction.getBranchesList().stream()
                .map(branch -> branch.getId() + " " + branch.getState())
                .collect(Collectors.joining(", "));
    }

    /** Returns the exit code of a command that waited for a final state. */
    static int exitCode(Transaction transaction, Transaction.State wanted) {
        if (transaction.getState() == wanted) {
            return ExitCode.HELD;
        }
        return transaction.getTerminal() || transaction.hasParked() ? ExitCode.DOES_NOT_HOLD : ExitCode.STILL_RUNNING;
    }

    /** Returns the text of {@link Timestamps#toString}. java.time costs a command less than that method's calendar. */
    static String time(Timestamp time) {
        return Times.instant(time).toString();
    }

    /**
     * Returns a table with columns as wide as their visible texts. The last column is not padded. picocli's TextTable
     * would remove {@code @|…|@} in a text of others as markup.
     */
    static String table(List<String> heads, Stream<List<String>> texts) {
        List<List<String>> rows = Stream.concat(Stream.of(heads), texts)
                .map(row -> row.stream().map(VisibleText::of).toList())
                .toList();
        int[] widths = new int[heads.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String text = row.get(column);
            line.append(text).repeat(' ', widths[column] + 2 - text.length());
        }
        return line.toString().stripTrailing();
    }
}

package dev.entente.server.cli;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.StateWords;
import dev.entente.server.codec.wording.Words;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Text that people read. */
final class Lines {
    private Lines() {}

    /**
     * Returns lines in which all but their ends is made visible. What others have written is to be made visible before
     * it comes here: an end of a line in it would be taken for one of ours.
     */
    static String visible(String lines) {
        return Stream.of(lines.split("\n", -1)).map(VisibleText::of).collect(Collectors.joining("\n"));
    }

    /** {@code order-4711 SUCCEEDED}; what is wrong with it behind. */
    static String summary(Transaction transaction) {
        String unchanged = transaction.getUnchanged() ? "; no change: the transaction was already in this state" : "";
        return transaction.getGid() + " " + state(transaction) + remarks(transaction) + unchanged;
    }

    /** Returns how it stands. The file of words is read only where the state's name does not say all. */
    static String state(Transaction transaction) {
        return StateWords.isPlain(transaction)
                ? transaction.getState().name()
                : StateWords.of(transaction, Words.ENGLISH);
    }

    /**
     * Returns the rest of the transaction's line in a list, behind gid and state: what it waits for, in a sentence. The
     * acts to choose from are not in it: see {@link #advice}.
     */
    static String remark(Transaction transaction) {
        String remark = transaction.hasWaiting()
                ? ended(transaction) + "; " + transaction.getWaiting().getSentence()
                : remarks(transaction);
        return remark.replaceFirst("^[:;,]? *", "");
    }

    /** Returns the acts to choose from for what is parked, once for each reason, on lines behind an empty one. */
    static String advice(List<Transaction> transactions) {
        String lines = transactions.stream()
                .filter(Transaction::hasParked)
                .map(Transaction::getParked)
                .map(parked -> "\n" + parked.getReason() + ": " + VisibleText.of(parked.getAdvice()))
                .distinct()
                .collect(Collectors.joining());
        return lines.isEmpty() ? "" : "\n" + lines;
    }

    /** Tells why it was turned. */
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

    /** {@code reserve DONE, pay CALLED}. */
    static String branches(Transaction transaction) {
        return transaction.getBranchesList().stream()
                .map(branch -> branch.getId() + " " + branch.getState())
                .collect(Collectors.joining(", "));
    }

    /** Returns the exit code of a command that waited for that end. */
    static int exitCode(Transaction transaction, Transaction.State wanted) {
        if (transaction.getState() == wanted) {
            return ExitCode.HELD;
        }
        return transaction.getTerminal() || transaction.hasParked() ? ExitCode.DOES_NOT_HOLD : ExitCode.STILL_RUNNING;
    }

    /** Returns the same as {@link Timestamps#toString}, whose calendar costs a command more than java.time. */
    static String time(Timestamp time) {
        return Times.instant(time).toString();
    }

    /**
     * Returns columns as wide as what stands in them, made visible. The last one is not padded. Not by picocli's
     * TextTable: it would take {@code @|…|@} within a text of others for markup, and leave it out.
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

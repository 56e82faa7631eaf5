package dev.entente.server.cli;

import com.google.protobuf.util.Timestamps;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Transaction;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code entente tx list}. */
@Command(name = "list", description = "List transactions, newest first.", mixinStandardHelpOptions = true)
final class ListCommand extends ClientCommand {
    @Mixin
    private FilterOptions filter;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many (default: 50), and at most what the server allows (500).")
    private int limit;

    @Option(
            names = "--oldest-first",
            description = "Sorts what is shown by when it was accepted: what caused others stands before them.")
    private boolean oldestFirst;

    @Option(names = "--page-token", paramLabel = "TOKEN", description = "Where the page before said to go on.")
    private String pageToken = "";

    @Override
    int run() {
        ListTransactionsResponse page = transactions()
                .listTransactions(ListTransactionsRequest.newBuilder()
                        .setFilter(filter.filter())
                        .setPageSize(limit)
                        .setPageToken(pageToken)
                        .build());
        if (oldestFirst) {
            page = sorted(page);
        }
        if (printsJson()) {
            print(page);
            return ExitCode.HELD;
        }
        List<List<String>> rows = page.getTransactionsList().stream()
                .map(transaction -> List.of(
                        transaction.getGid(),
                        transaction.getName(),
                        transaction.getPattern().name(),
                        transaction.getState().name(),
                        Lines.time(transaction.getCreateTime()),
                        Lines.remark(transaction)))
                .toList();
        Lines.table(out(), List.of("GID", "NAME", "PATTERN", "STATE", "CREATED", "REMARK"), rows);
        if (!page.getNextPageToken().isEmpty()) {
            out().println("more: --page-token " + page.getNextPageToken());
        }
        return ExitCode.HELD;
    }

    /**
     * Sorts a page by time of acceptance. A transaction is accepted after its cause is durable, so it is later by the
     * database's clock.
     */
    private static ListTransactionsResponse sorted(ListTransactionsResponse page) {
        return page.toBuilder()
                .clearTransactions()
                .addAllTransactions(page.getTransactionsList().stream()
                        .sorted(Comparator.comparing(Transaction::getCreateTime, Timestamps.comparator()))
                        .toList())
                .build();
    }
}

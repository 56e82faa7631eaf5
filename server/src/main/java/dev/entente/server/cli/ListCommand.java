package dev.entente.server.cli;

import com.google.protobuf.util.Timestamps;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.PageOptions;
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

    @Mixin
    private PageOptions paging;

    @Option(
            names = "--oldest-first",
            description = "Sorts what is shown by when it was accepted: what caused others stands before them.")
    private boolean oldestFirst;

    @Override
    int run() {
        ListTransactionsResponse page = transactions()
                .listTransactions(ListTransactionsRequest.newBuilder()
                        .setFilter(filter.filter())
                        .setPageSize(paging.limit())
                        .setPageToken(paging.token())
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
        PageOptions.print(
                out(), List.of("GID", "NAME", "PATTERN", "STATE", "CREATED", "REMARK"), rows, page.getNextPageToken());
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

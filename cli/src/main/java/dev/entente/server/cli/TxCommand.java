package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.DebugTransactionRequest;
import dev.entente.v1.DebugTransactionResponse;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.ReplayTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx}: all commands for transactions. The commands that only read are in this class. */
@Command(
        name = "tx",
        description = "Submit, show and operate transactions.",
        footer = {
            "",
            "Exit codes: 0 success; 1 a check failed, or with --wait: parked, or not the wanted final state;",
            "2 wrong usage; 3 no response from a coordinator; 4 refused with an ENT code; 5 still running after --wait."
        },
        subcommands = {
            SubmitCommand.class,
            ExampleCommand.class,
            TxCommand.Listing.class,
            TxCommand.Describe.class,
            WatchCommand.class,
            TxCommand.Count.class,
            PreviewCommand.class,
            BulkCommand.class,
            OperationCommand.Retry.class,
            OperationCommand.Abort.class,
            OperationCommand.Approve.class,
            OperationCommand.Reject.class,
            OperationCommand.Park.class,
            OperationCommand.Resume.class,
            OperationCommand.Skip.class,
            OperationCommand.Resend.class,
            OperationCommand.Resolve.class,
            OperationCommand.ForceFinish.class,
            TxCommand.Debug.class,
            TxCommand.Replay.class
        })
final class TxCommand extends CommandGroup {
    @Command(name = "list", description = "List transactions, newest first.")
    static final class Listing extends ClientCommand.Paged {
        /** The server's default limit. */
        private static final int STANDARD_ROWS = 50;

        @Mixin
        private FilterOptions filter;

        @Option(
                names = "--oldest-first",
                description = "Sort the transactions of the page by creation time, oldest first: a cause appears before"
                        + " its consequences.")
        private boolean oldestFirst;

        @Override
        int ask() {
            ListTransactionsResponse.Builder page = pages();
            if (oldestFirst) {
                // The database's clock sets the creation time: a consequence is accepted after its cause is durable.
                List<Transaction> sorted = page.getTransactionsList().stream()
                        .sorted(Comparator.comparing(Transaction::getCreateTime, Timestamps.comparator()))
                        .toList();
                page.clearTransactions().addAllTransactions(sorted);
            }
            return print(
                    page.build(),
                    page.getNextPageToken(),
                    List.of("GID", "NAME", "PATTERN", "STATE", "CREATED", "REMARK"),
                    page.getTransactionsList().stream()
                            .map(transaction -> List.of(
                                    transaction.getGid(),
                                    transaction.getName(),
                                    transaction.getPattern().name(),
                                    Lines.state(transaction),
                                    Lines.time(transaction.getCreateTime()),
                                    Lines.remark(transaction))),
                    Lines.advice(page.getTransactionsList()));
        }

        /** Requests a page. Requests further pages if pages are short because the coordinator inspects each row. */
        private ListTransactionsResponse.Builder pages() {
            int wanted = limit == 0 ? STANDARD_ROWS : limit;
            ListTransactionsResponse.Builder all = page(pageToken, limit);
            while (all.getExamined() > 0
                    && all.getTransactionsCount() < wanted
                    && !all.getNextPageToken().isEmpty()) {
                ListTransactionsResponse.Builder next =
                        page(all.getNextPageToken(), wanted - all.getTransactionsCount());
                all.addAllTransactions(next.getTransactionsList())
                        .setNextPageToken(next.getNextPageToken())
                        .setExamined(all.getExamined() + next.getExamined());
                next.getUnansweredList().stream()
                        .filter(node -> !all.getUnansweredList().contains(node))
                        .forEach(all::addUnanswered);
            }
            reportSilent(
                    all.getUnansweredList(),
                    "the reasons shown for its transactions are the last stored reasons"
                            + (filter.filter().getParticipant().isEmpty() ? "" : ", and " + MAY_BE_MISSING));
            return all;
        }

        private ListTransactionsResponse.Builder page(String token, int size) {
            return transactions()
                    .listTransactions(ListTransactionsRequest.newBuilder()
                            .setFilter(filter.filter())
                            .setPageSize(size)
                            .setPageToken(token)
                            .build())
                    .toBuilder();
        }
    }

    @Command(name = "count", description = "Count transactions by state.")
    static final class Count extends ClientCommand {
        @Mixin
        private FilterOptions filter;

        @Override
        int ask() {
            CountTransactionsResponse counts = transactions()
                    .countTransactions(CountTransactionsRequest.newBuilder()
                            .setFilter(filter.filter())
                            .build());
            print(counts, Count::text);
            reportSilent(counts.getUnansweredList(), MAY_BE_MISSING);
            return ExitCode.HELD;
        }

        private static String text(CountTransactionsResponse counts) {
            StringBuilder text = new StringBuilder();
            new TreeMap<>(counts.getByStateMap())
                    .forEach((state, count) -> text.append("%-10s %s\n".formatted(state, count)));
            return text.append("open %s, parked %s, overdue %s, awaiting approval %s"
                            .formatted(
                                    counts.getOpen(),
                                    counts.getParked(),
                                    counts.getOverdue(),
                                    counts.getAwaitingApproval()))
                    .append(
                            counts.hasOldestOverdue()
                                    ? "\nthe oldest overdue transaction has been due for "
                                            + Durations.toString(counts.getOldestOverdue())
                                    : "")
                    .append(counts.getCapped() ? "\nthere are more transactions than counted" : "")
                    .toString();
        }
    }

    @Command(name = "describe", description = "Show one transaction with its timeline.")
    static final class Describe extends ClientCommand.Waiting {
        @Parameters(paramLabel = "GID")
        private String gid;

        @Option(
                names = "--payloads",
                description = "Show all requests, responses and the result, for callers with the right to read"
                        + " payloads. The read is recorded in the audit.")
        private boolean payloads;

        @Override
        int ask() {
            GetTransactionRequest.Builder request = GetTransactionRequest.newBuilder()
                    .setGid(gid)
                    .setView(payloads ? View.FULL : View.OUTLINE)
                    .setRenderJson(true);
            Transaction transaction = retrying((coordinator, left) ->
                    coordinator.getTransaction(request.setWait(left).build()));
            print(transaction, Timeline::of);
            return exitCode(transaction, Transaction.State.SUCCEEDED);
        }
    }

    @Command(
            name = "debug",
            description = "Log each event of one transaction, and of its children, at all live coordinators for some"
                    + " time.")
    static final class Debug extends ClientCommand {
        @Parameters(paramLabel = "GID")
        private String gid;

        @Option(names = "--for", paramLabel = "DURATION", description = "How long (default: 10m; at most 24h).")
        private Duration time = Duration.ofMinutes(10);

        @Override
        int ask() {
            DebugTransactionResponse response = operator()
                    .debugTransaction(DebugTransactionRequest.newBuilder()
                            .setGid(gid)
                            .setDuration(Durations.fromNanos(time.toNanos()))
                            .build());
            print(response, _ -> "logged for " + time.toSeconds() + " s");
            reportSilent(response.getUnansweredList(), "its log may lack the transaction");
            return ExitCode.HELD;
        }
    }

    @Command(
            name = "replay",
            description = "Compute the state from the history again, with the coordinator's rules. Exit 1 if the result"
                    + " differs from the stored state.")
    static final class Replay extends ClientCommand {
        private record Step(long revision, String state, Map<String, String> branches) {}

        @Parameters(paramLabel = "GID")
        private String gid;

        @Override
        int ask() {
            ReplayTransactionResponse replay = operator()
                    .replayTransaction(
                            GetTransactionRequest.newBuilder().setGid(gid).build());
            boolean matches = replay.getMatches();
            List<Step> steps = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (Transaction state : replay.getStatesList()) {
                Map<String, String> branches = new LinkedHashMap<>();
                state.getBranchesList()
                        .forEach(branch ->
                                branches.put(branch.getId(), branch.getState().name()));
                steps.add(new Step(state.getRevision(), state.getState().name(), branches));
                text.append("%s %s  %s\n".formatted(state.getRevision(), state.getState(), Lines.branches(state)));
            }
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("matches", matches);
            json.put("states", steps);
            if (matches) {
                text.append("the history leads to the stored state");
            } else {
                json.put("first_difference", replay.getFirstDifference());
                text.append("the history does NOT lead to the stored state: ")
                        .append(VisibleText.of(replay.getFirstDifference()));
            }
            print(json, text.toString());
            return matches ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }
}

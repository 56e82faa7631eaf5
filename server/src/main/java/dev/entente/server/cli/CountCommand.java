package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code entente tx count}. */
@Command(name = "count", description = "Count transactions by state.", mixinStandardHelpOptions = true)
final class CountCommand extends ClientCommand {
    @Mixin
    private FilterOptions filter;

    @Override
    int run() {
        CountTransactionsResponse counts = transactions()
                .countTransactions(CountTransactionsRequest.newBuilder()
                        .setFilter(filter.filter())
                        .build());
        if (printsJson()) {
            print(counts);
            return ExitCode.HELD;
        }
        new TreeMap<>(counts.getByStateMap()).forEach((state, count) -> out().printf("%-10s %d%n", state, count));
        out().printf(
                        "open %d, parked %d, overdue %d, awaiting approval %d%n",
                        counts.getOpen(), counts.getParked(), counts.getOverdue(), counts.getAwaitingApproval());
        if (counts.hasOldestOverdue()) {
            out().println("the oldest is overdue for " + Durations.toString(counts.getOldestOverdue()));
        }
        if (counts.getCapped()) {
            out().println("there are more than were counted");
        }
        return ExitCode.HELD;
    }
}

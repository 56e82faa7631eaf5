package dev.entente.server.cli;

import dev.entente.participant.Barrier;
import dev.entente.server.cli.BarrierComparison.Difference;
import dev.entente.v1.BarrierRow;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListBarrierRowsRequest;
import dev.entente.v1.ListBarrierRowsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.v1.ParticipantServiceGrpc.ParticipantServiceBlockingStub;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.wire.BarrierRows;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code entente reconcile}: compares the coordinator's records with the participants' barriers. Changes nothing. */
@Command(
        name = "reconcile",
        description = "Compare finished transactions with the barriers of participants, and report differences. Changes"
                + " nothing. Exit 1 if there are differences.")
final class ReconcileCommand extends ClientCommand {
    private static final int PAGE = 100;
    private static final int ROWS = 1000;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @Option(
            names = "--participant",
            paramLabel = "NAME=HOST:PORT",
            required = true,
            description =
                    "A participant that serves its barrier, under its name in plans; repeatable. Plaintext gRPC; or,"
                            + " for a participant over HTTP, the JDBC URL of the database with its barrier.")
    private Map<String, String> participants = Map.of();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description =
                    "Maximum number of transactions, and of rows of each participant (default:" + " ${DEFAULT-VALUE}).",
            defaultValue = "10000")
    private int limit;

    @Mixin
    private DatabaseLogin login;

    private final Map<String, Transaction> known = new LinkedHashMap<>();
    private final List<Difference> differences = new ArrayList<>();
    private long rows;
    private long open;
    private boolean isCapped;

    /** The comparison in the form of the JSON output. */
    private record Report(int transactions, long rows, long open, boolean capped, List<Difference> differences) {}

    @Override
    int ask() {
        readFinished();
        new TreeMap<>(participants).forEach(this::compare);
        String table = Lines.table(
                List.of("GID", "BRANCH", "PARTICIPANT", "DIFFERENCE", "HERE", "THERE"),
                differences.stream()
                        .map(one -> List.of(
                                one.gid(),
                                one.branch(),
                                one.participant(),
                                one.kind().name(),
                                one.here(),
                                one.there())));
        print(
                new Report(known.size(), rows, open, isCapped, differences),
                (differences.isEmpty() ? "" : table + "\n") + differences.size() + " differences; " + known.size()
                        + " finished transactions and " + rows + " rows of " + participants.size()
                        + " participants read, " + open + " open transactions not compared"
                        + (isCapped ? "; not all were read: raise --limit " + limit : ""));
        return differences.isEmpty() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
    }

    private void readFinished() {
        String token = "";
        do {
            ListTransactionsResponse page = transactions()
                    .listTransactions(ListTransactionsRequest.newBuilder()
                            .setFilter(TransactionFilter.newBuilder()
                                    .addStates(Transaction.State.SUCCEEDED)
                                    .addStates(Transaction.State.ABORTED))
                            .setPageSize(Math.min(PAGE, limit))
                            .setPageToken(token)
                            .build());
            page.getTransactionsList().forEach(row -> known.put(row.getGid(), row));
            token = page.getNextPageToken();
        } while (!token.isEmpty() && known.size() < limit);
        isCapped |= !token.isEmpty();
        // A list shows the stored columns. A separate request reads the result of each branch.
        known.replaceAll((gid, row) -> row.getBranchesCount() > 0 ? row : Objects.requireNonNullElse(find(gid), row));
    }

    private @Nullable Transaction find(String gid) {
        try {
            return transactions()
                    .getTransaction(
                            GetTransactionRequest.newBuilder().setGid(gid).build());
        } catch (StatusRuntimeException refused) {
            if (refused.getStatus().getCode() == Status.Code.NOT_FOUND
                    || refused.getStatus().getCode() == Status.Code.INVALID_ARGUMENT) {
                return null;
            }
            throw refused;
        }
    }

    private void compare(String participant, String target) {
        if (target.startsWith("jdbc:")) {
            DataSource database = login.database("--participant " + participant, target);
            BarrierRows table =
                    (DatabaseLogin.isMariadb(target) ? Barrier.mariadb() : Barrier.postgres()).rows(database);
            compare(participant, (gids, most) -> rows(table, participant, gids, most));
            return;
        }
        String mistake = target.matches("https?://.*")
                ? "'" + target + "' cannot be read over HTTP; give the JDBC URL of the database with its barrier:"
                        + " --participant "
                        + participant + "=jdbc:postgresql://… or jdbc:mariadb://…"
                : CoordinatorAddress.mistake(target);
        if (mistake != null) {
            throw wrong("--participant " + participant + "=" + mistake, null);
        }
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(target).usePlaintext().build();
        try {
            compare(
                    participant,
                    (gids, most) -> rows(
                            ParticipantServiceGrpc.newBlockingStub(channel),
                            participant + "' at " + target,
                            gids,
                            most));
        } finally {
            channel.shutdownNow();
        }
    }

    private void compare(String participant, BarrierReader barrier) {
        BarrierComparison comparison = new BarrierComparison(participant);
        hereAgainstThere(comparison, barrier);
        thereAgainstHere(comparison, barrier);
    }

    private void hereAgainstThere(BarrierComparison comparison, BarrierReader barrier) {
        List<Transaction> finished = List.copyOf(known.values());
        for (int from = 0; from < finished.size(); from += PAGE) {
            List<Transaction> some = finished.subList(from, Math.min(finished.size(), from + PAGE));
            Map<String, List<BarrierRow>> there =
                    barrier.read(some.stream().map(Transaction::getGid).toList(), Long.MAX_VALUE);
            some.forEach(one -> differences.addAll(comparison.of(one, there.getOrDefault(one.getGid(), List.of()))));
        }
    }

    /** Compares the rows of transactions that were not read before. */
    private void thereAgainstHere(BarrierComparison comparison, BarrierReader barrier) {
        Map<String, List<BarrierRow>> there = barrier.read(List.of(), limit);
        rows += there.values().stream().mapToLong(List::size).sum();
        there.keySet().removeAll(known.keySet());
        there.forEach((gid, found) -> {
            Transaction transaction = find(gid);
            if (transaction == null) {
                differences.add(comparison.unknown(gid, found));
            } else if (transaction.getTerminal()) {
                differences.addAll(comparison.of(transaction, found));
            } else {
                open++;
            }
        });
    }

    private interface BarrierReader {
        /**
         * Reads rows page by page, until {@code most} rows are read. Blocks.
         *
         * @param gids the transactions; empty for all
         */
        Map<String, List<BarrierRow>> read(List<String> gids, long most);
    }

    private Map<String, List<BarrierRow>> rows(BarrierRows table, String participant, List<String> gids, long most) {
        Map<String, List<BarrierRow>> rows = new LinkedHashMap<>();
        BarrierRows.Key last = BarrierRows.Key.FIRST;
        long read = 0;
        boolean isMore;
        try {
            do {
                List<BarrierRows.Row> page = table.after(last, gids, ROWS);
                for (BarrierRows.Row row : page) {
                    last = row.key();
                    rows.computeIfAbsent(last.gid(), _ -> new ArrayList<>())
                            .add(BarrierRow.newBuilder()
                                    .setGid(last.gid())
                                    .setBranch(last.branch())
                                    .setOp(last.op())
                                    .setVerdict(row.verdict())
                                    .build());
                }
                read += page.size();
                isMore = page.size() == ROWS;
            } while (isMore && read < most);
        } catch (SQLException failed) {
            throw Failure.unanswered("the barrier of '" + participant + "' cannot be read: " + failed.getMessage());
        }
        isCapped |= isMore;
        return rows;
    }

    private Map<String, List<BarrierRow>> rows(
            ParticipantServiceBlockingStub participant, String name, List<String> gids, long most) {
        Map<String, List<BarrierRow>> rows = new LinkedHashMap<>();
        ListBarrierRowsRequest.Builder request =
                ListBarrierRowsRequest.newBuilder().addAllGids(gids);
        long read = 0;
        do {
            try {
                ListBarrierRowsResponse page =
                        participant.withDeadlineAfter(TIMEOUT).listBarrierRows(request.build());
                page.getRowsList()
                        .forEach(row -> rows.computeIfAbsent(row.getGid(), _ -> new ArrayList<>())
                                .add(row));
                read += page.getRowsCount();
                request.setPageToken(page.getNextPageToken());
            } catch (StatusRuntimeException failed) {
                throw Failure.unanswered("the barrier of '" + name + " cannot be read: "
                        + failed.getStatus().getCode() + " "
                        + failed.getStatus().getDescription()
                        + "; the participant must run, and serve ParticipantService/ListBarrierRows (ParticipantWiring"
                        + " with .barrier(…))");
            }
        } while (!request.getPageToken().isEmpty() && read < most);
        isCapped |= !request.getPageToken().isEmpty();
        return rows;
    }
}

package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Failure;
import dev.entente.server.cli.text.Lines;
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
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code entente reconcile}: what the coordinator has on record against what participants' barriers have. Changes
 * nothing.
 */
@Command(
        name = "reconcile",
        description =
                "Compare finished transactions with the barriers of participants, and report what differs. Only reads."
                        + " Exit 1 if anything differs.",
        mixinStandardHelpOptions = true)
final class ReconcileCommand extends ClientCommand {
    private static final int PAGE = 100;

    @Option(
            names = "--participant",
            paramLabel = "NAME=HOST:PORT",
            required = true,
            description =
                    "A participant whose SDK serves its barrier, under the name that plans have for it; repeatable."
                            + " Plaintext gRPC.")
    private Map<String, String> participants = Map.of();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many transactions here, and so many rows of each participant (default:"
                    + " ${DEFAULT-VALUE}).",
            defaultValue = "10000")
    private int limit;

    private final Map<String, Transaction> known = new LinkedHashMap<>();
    private final List<BarrierComparison.Difference> differences = new ArrayList<>();
    private long rows;
    private long open;
    private boolean isCapped;

    @Override
    int run() {
        readFinished();
        try {
            new TreeMap<>(participants).forEach(this::compare);
        } catch (BarrierReader.Unread unread) {
            return Failure.unanswered(String.valueOf(unread.getMessage())).report(commandLine(), printsJson());
        }
        print();
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
        // A list shows what the table has; how each branch ended is told one by one.
        known.replaceAll((gid, row) -> row.getBranchesCount() > 0 ? row : found(gid, row));
    }

    private Transaction found(String gid, Transaction otherwise) {
        Transaction found = find(gid);
        return found == null ? otherwise : found;
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
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(target).usePlaintext().build();
        try {
            BarrierReader barrier =
                    new BarrierReader(participant, target, ParticipantServiceGrpc.newBlockingStub(channel));
            BarrierComparison comparison = new BarrierComparison(participant);
            List<String> gids = new ArrayList<>(known.keySet());
            for (int from = 0; from < gids.size(); from += PAGE) {
                hereAgainstThere(comparison, barrier, gids.subList(from, Math.min(gids.size(), from + PAGE)));
            }
            thereAgainstHere(comparison, barrier);
        } finally {
            channel.shutdownNow();
        }
    }

    private void hereAgainstThere(BarrierComparison comparison, BarrierReader barrier, List<String> gids) {
        Map<String, List<BarrierRow>> there = new LinkedHashMap<>();
        String token = "";
        do {
            ListBarrierRowsResponse page = barrier.page(gids, token);
            page.getRowsList()
                    .forEach(row -> there.computeIfAbsent(row.getGid(), _ -> new ArrayList<>())
                            .add(row));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        for (String gid : gids) {
            Transaction transaction = known.get(gid);
            if (transaction != null) {
                differences.addAll(comparison.of(transaction, there.getOrDefault(gid, List.of())));
            }
        }
    }

    /** Rows of transactions that are not among those read above. */
    private void thereAgainstHere(BarrierComparison comparison, BarrierReader barrier) {
        Map<String, List<BarrierRow>> others = new LinkedHashMap<>();
        String token = "";
        long read = 0;
        do {
            ListBarrierRowsResponse page = barrier.page(List.of(), token);
            for (BarrierRow row : page.getRowsList()) {
                if (!known.containsKey(row.getGid())) {
                    others.computeIfAbsent(row.getGid(), _ -> new ArrayList<>()).add(row);
                }
            }
            read += page.getRowsCount();
            token = page.getNextPageToken();
        } while (!token.isEmpty() && read < limit);
        rows += read;
        isCapped |= !token.isEmpty();
        others.forEach((gid, found) -> {
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

    private void print() {
        if (printsJson()) {
            print(json());
            return;
        }
        if (!differences.isEmpty()) {
            Lines.table(
                    out(),
                    List.of("GID", "BRANCH", "PARTICIPANT", "DIFFERENCE", "HERE", "THERE"),
                    differences.stream()
                            .map(one -> List.of(
                                    one.gid(),
                                    one.branch(),
                                    one.participant(),
                                    one.kind().name(),
                                    one.here(),
                                    one.there()))
                            .toList());
        }
        out().println(differences.size() + " differences; " + known.size() + " finished transactions and " + rows
                + " rows of " + participants.size() + " participants read, " + open + " still open"
                + (isCapped ? "; there are more than --limit " + limit : ""));
    }

    private JsonObject json() {
        JsonArray all = new JsonArray();
        for (BarrierComparison.Difference difference : differences) {
            JsonObject one = new JsonObject();
            one.addProperty("gid", difference.gid());
            one.addProperty("branch", difference.branch());
            one.addProperty("participant", difference.participant());
            one.addProperty("kind", difference.kind().name());
            one.addProperty("here", difference.here());
            one.addProperty("there", difference.there());
            all.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("transactions", known.size());
        json.addProperty("rows", rows);
        json.addProperty("open", open);
        json.addProperty("capped", isCapped);
        json.add("differences", all);
        return json;
    }

    /** Reads the barrier rows of one participant, page by page. Blocks. */
    private record BarrierReader(String participant, String target, ParticipantServiceBlockingStub stub) {
        private static final int PATIENCE_SECONDS = 30;

        /** Thrown where a participant is down, or does not serve its barrier. */
        static final class Unread extends RuntimeException {
            private static final long serialVersionUID = 1L;

            private Unread(String message, Throwable cause) {
                super(message, cause);
            }
        }

        /** @throws Unread with a sentence that names the participant */
        ListBarrierRowsResponse page(List<String> gids, String token) {
            try {
                return stub.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .listBarrierRows(ListBarrierRowsRequest.newBuilder()
                                .addAllGids(gids)
                                .setPageToken(token)
                                .build());
            } catch (StatusRuntimeException failed) {
                throw new Unread(
                        "the barrier of '" + participant + "' at " + target + " cannot be read: "
                                + failed.getStatus().getCode() + " "
                                + failed.getStatus().getDescription()
                                + "; it must run, and serve ParticipantService/ListBarrierRows (ParticipantWiring with"
                                + " .barrier(…))",
                        failed);
            }
        }
    }
}

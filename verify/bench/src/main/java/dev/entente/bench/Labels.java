package dev.entente.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.TransactionFilter;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How long a page of transactions takes that is searched for by label, where many carry labels; and what labels cost
 * those that carry them.
 */
final class Labels implements Mode.Question {
    private static final MethodDescriptor<byte[], byte[]> LIST =
            RawCalls.unary("entente.v1.TransactionService/ListTransactions");
    private static final Duration OLDEST = Duration.ofDays(13);
    private static final Duration YOUNGEST = Duration.ofHours(1);
    private static final int PAGE = 50;
    private static final int PER_CUSTOMER = 20;
    private static final int WARM_UP = 20;
    private static final int ASKED = 100;
    private static final String WITHOUT = "sagas without labels";
    private static final String WITH = "sagas with three labels";

    /**
     * One label of every row is its own, one is shared by twenty, one by a quarter; and the oldest thousandth has one
     * more.
     */
    private static final String FILL = """
        insert into transaction_label (bucket, gid, key, value)
        select f.bucket, f.gid, l.key, l.value
        from (select bucket, gid, row_number() over (order by finished_at) as n from finished_transaction) f
        cross join lateral (values ('order', 'o' || f.n), ('customer', 'c' || f.n / ?),
          ('region', (array['eu', 'us', 'asia', 'africa'])[1 + f.n % 4]), ('campaign', 'first')) l (key, value)
        where l.key <> 'campaign' or f.n <= ?
        on conflict do nothing\
        """;

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        String url = trial.database().create("entente");
        BenchNode node = trial.node("entente", url, participant, List.of());
        trial.warmUp(node);
        long rows = trial.effort().finished();
        fill(trial, url, rows);
        long middle = rows / 2;
        list(trial, node, "list one", Map.of("order", "o" + middle));
        list(trial, node, "list twenty", Map.of("customer", "c" + middle / PER_CUSTOMER));
        list(trial, node, "list a page of a quarter", Map.of("region", "eu"));
        list(trial, node, "list what is old and rare", Map.of("campaign", "first"));
        list(trial, node, "list two labels", Map.of("customer", "c" + middle / PER_CUSTOMER, "region", "us"));
        list(trial, node, "list none", Map.of("customer", "nobody"));
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            boolean isFirst = repeat % 2 == 0;
            trial.window(isFirst ? WITHOUT : WITH, node, isFirst ? Map.of() : three());
            trial.window(isFirst ? WITH : WITHOUT, node, isFirst ? three() : Map.of());
        }
        trial.ratio("labelled-saga512:bare", trial.tally().ratio(WITH, WITHOUT, "per_s"));
    }

    private static Map<String, String> three() {
        return Map.of("order", "o-bench", "customer", "c-bench", "region", "eu");
    }

    private static void fill(Trial trial, String url, long rows) throws SQLException {
        Copies.finished(url, rows, OLDEST, YOUNGEST);
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement insert = connection.prepareStatement(FILL);
                Statement statement = connection.createStatement()) {
            insert.setLong(1, PER_CUSTOMER);
            insert.setLong(2, Math.max(1, rows / 1000));
            insert.executeUpdate();
            statement.execute("vacuum (analyze) transaction_label");
        }
        Copies.vacuum(url);
        trial.note("labelled_rows", OpenBacklog.count(url, "select count(distinct gid) from transaction_label"));
        trial.note("labels", OpenBacklog.count(url, "select count(*) from transaction_label"));
        trial.note(
                "label_table_mb",
                OpenBacklog.count(url, "select pg_total_relation_size('transaction_label') / 1048576"));
    }

    /** The first page, again and again by one client. */
    private static void list(Trial trial, BenchNode node, String name, Map<String, String> labels) {
        byte[] request = ListTransactionsRequest.newBuilder()
                .setFilter(TransactionFilter.newBuilder().putAllLabels(labels))
                .setPageSize(PAGE)
                .build()
                .toByteArray();
        long[] nanos = new long[ASKED];
        int found = 0;
        for (int i = -WARM_UP; i < ASKED; i++) {
            long began = System.nanoTime();
            byte[] answer = RawCalls.callAndWait(node.channel(), LIST, request);
            if (i >= 0) {
                nanos[i] = System.nanoTime() - began;
                found = count(answer);
            }
        }
        Arrays.sort(nanos);
        trial.add(
                name,
                Trial.figures(
                        "rows", found, "p50_ms", nanos[ASKED / 2] / 1e6, "p99_ms", nanos[ASKED * 99 / 100] / 1e6));
    }

    private static int count(byte[] answer) {
        try {
            return ListTransactionsResponse.parseFrom(answer).getTransactionsCount();
        } catch (InvalidProtocolBufferException unreadable) {
            throw new IllegalStateException("unreadable answer: " + unreadable.getMessage(), unreadable);
        }
    }
}

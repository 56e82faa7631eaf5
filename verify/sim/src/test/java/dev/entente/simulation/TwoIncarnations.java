package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Membership;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two incarnations on one store, and the helper methods of the store contract. */
abstract class TwoIncarnations {
    /** One incarnation on the shared database. */
    record Node(TransactionStore store, Membership membership) {
        long incarnation() {
            return store.incarnation();
        }
    }

    static final Duration LATER = Duration.ofHours(1);
    static final int MANY = 1 << 20;
    static final long MIB = 1 << 20;

    final ExecutorService threads = Executors.newFixedThreadPool(4);
    Node a;
    Node b;

    /** Joins a new incarnation. All incarnations of a test share one database, which is empty before the test. */
    abstract Node join(String node);

    abstract List<AuditRecord> auditEntries();

    abstract Map<String, String> labelsOf(String gid);

    @BeforeEach
    void joinTwo() {
        a = join("a");
        b = join("b");
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    /** Kills the node's process. */
    abstract void killProcess(Node node);

    Membership.Peer peer(Node node) {
        return await(b.membership().peers()).stream()
                .filter(peer -> peer.incarnation() == node.incarnation())
                .findFirst()
                .orElseThrow();
    }

    void declareDead(Node node) {
        assertThat(await(b.membership()
                        .declareDead(node.incarnation(), peer(node).beat())))
                .isTrue();
    }

    static List<OpenRow> claimAll(Node node, int limit) {
        List<OpenRow> claimed = new ArrayList<>();
        for (List<Integer> due = await(node.store().due()).buckets();
                !due.isEmpty();
                due = await(node.store().due()).buckets()) {
            for (int bucket : due) {
                claimed.addAll(await(node.store().claimDue(bucket, limit, Long.MAX_VALUE)));
            }
        }
        return claimed;
    }

    static List<String> gids(List<OpenRow> rows) {
        return rows.stream().map(OpenRow::gid).toList();
    }

    OpenRow open(String gid) {
        StoredTransaction row = await(a.store().read(gid));
        assertThat(row).isInstanceOf(OpenRow.class);
        return (OpenRow) row;
    }

    static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    static ByteString digest(String content) {
        return ByteString.copyFrom(Arrays.copyOf(bytes(content).toByteArray(), 32));
    }

    static NewTransaction running(String gid) {
        return labelled(gid, Map.of(), gid);
    }

    static NewTransaction labelled(String gid, Map<String, String> labels, String content) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                labels,
                null,
                null,
                1,
                digest(content),
                bytes("plan"),
                List.of(),
                List.of(),
                null);
    }

    static NewTransaction heavy(String gid, int mebibytes, @Nullable Duration dueIn) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                Map.of(),
                dueIn,
                null,
                1,
                digest(gid),
                ByteString.copyFrom(new byte[(int) (mebibytes * MIB)]),
                List.of(),
                List.of(),
                null);
    }

    /**
     * A stored plan of two encoded fields. Each registration of a branch appends a field. After a registration with an
     * unknown outcome, the store searches the plan for a field that begins with the branch.
     */
    private static final String BEGUN_PLAN = "(p(l";

    static NewTransaction begun(String gid, Duration dueIn) {
        return new NewTransaction(
                gid,
                Pattern.TCC,
                TransactionState.BEGUN,
                "transfer",
                Map.of(),
                dueIn,
                dueIn,
                1,
                digest(gid),
                bytes(BEGUN_PLAN),
                List.of(),
                List.of(),
                null);
    }

    static RowWrite flush(String gid, long rev, String progress) {
        return flush(gid, false, rev, progress);
    }

    static RowWrite flush(String gid, boolean takes, long rev, String progress) {
        return new RowWrite(
                gid,
                takes,
                rev,
                new RowWrite.Flush(TransactionState.RUNNING, bytes(progress), null, false, null),
                null);
    }

    static RowWrite rest(String gid, boolean takes, long rev, @Nullable Duration dueIn, @Nullable Parked parked) {
        return new RowWrite(
                gid,
                takes,
                rev,
                new RowWrite.Release(TransactionState.RUNNING, bytes("rested"), dueIn, parked, null),
                null);
    }

    static RowWrite finish(String gid, long rev) {
        return new RowWrite(
                gid,
                false,
                rev,
                new RowWrite.Finish(
                        TransactionState.SUCCEEDED, bytes("result"), bytes("plan"), bytes("progress of " + gid)),
                null);
    }
}

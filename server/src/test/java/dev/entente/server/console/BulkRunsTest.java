package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.core.transaction.TransactionState;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.server.store.BulkRunTable;
import dev.entente.server.store.Database;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.SessionTable;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperatorServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Runs of bulk operations at a coordinator that reports one of three transactions and then no other, on a real
 * database.
 */
class BulkRunsTest {
    private final Queue<ServerCallStreamObserver<OperateMatchingResponse>> clients = new ConcurrentLinkedQueue<>();
    private Database database;
    private QueryExecutor queries;
    private BulkRuns runs;
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        database = TestDatabase.migrated();
        queries = QueryExecutor.forUnauthenticated(Runnable::run, SessionTable.MAX_ASKED, database.settings());
        runs = new BulkRuns(new BulkRunTable(database, queries));
        server = InProcessServerBuilder.forName("bulk-runs")
                .addService(new OperatorServiceGrpc.OperatorServiceImplBase() {
                    @Override
                    public void operateMatching(
                            OperateMatchingRequest request, StreamObserver<OperateMatchingResponse> client) {
                        var call = (ServerCallStreamObserver<OperateMatchingResponse>) client;
                        call.setOnCancelHandler(() -> {});
                        client.onNext(OperateMatchingResponse.newBuilder()
                                .setGid("a")
                                .setMatched(3)
                                .setApplied(true)
                                .addUnanswered("node-b")
                                .addUnanswered("node-c")
                                .build());
                        clients.add(call);
                    }
                })
                .build()
                .start();
        channel = InProcessChannelBuilder.forName("bulk-runs").build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        queries.close();
        database.close();
    }

    private String begin() {
        return Objects.requireNonNull(tried()).query().get("run");
    }

    private @Nullable BulkRun tried() {
        return runs.begin(
                Query.of("gid=a&operation=retry"),
                _ -> channel.newCall(OperatorServiceGrpc.getOperateMatchingMethod(), CallOptions.DEFAULT),
                OperateMatchingRequest.getDefaultInstance());
    }

    private BulkPage.Run stored(String id) {
        return Objects.requireNonNull(runs.find(id));
    }

    @Test
    void an_active_run_stores_its_progress_and_is_stopped_by_its_row() {
        String id = begin();
        await().until(() -> stored(id).done() == 1);
        assertThat(stored(id).matched()).isEqualTo(3);
        assertThat(stored(id).unanswered()).containsExactly("node-b", "node-c");
        assertThat(stored(id).isOver()).isFalse();
        assertThat(stored(id).query().get("operation")).isEqualTo("retry");

        runs.stored().stop(id);

        await().until(() -> stored(id).isOver());
        assertThat(stored(id).broken()).isEqualTo("stopped");
        assertThat(stored(id).done()).isEqualTo(1);
        await().until(() -> clients.element().isCancelled());
    }

    @Test
    void a_run_without_recent_writes_is_interrupted_and_cancelled() {
        String id = begin();
        await().until(() -> stored(id).done() == 1);

        TestDatabase.execute(
                database.settings().jdbcUrl(), "update bulk_run set seen_at = now() - interval '1 minute'");

        assertThat(stored(id).isOver()).isTrue();
        assertThat(stored(id).broken()).isEqualTo("interrupted");
        await().until(() -> clients.element().isCancelled());
        assertThat(stored(id).broken()).isEqualTo("interrupted");
    }

    @Test
    void at_most_sixteen_runs_are_active() {
        String first = begin();
        IntStream.range(1, 16).forEach(_ -> begin());
        assertThat(tried()).isNull();

        runs.stored().stop(first);
        await().until(() -> stored(first).isOver());

        assertThat(runs.all()).hasSize(16);
        assertThat(tried()).isNotNull();
        assertThat(runs.all()).hasSize(17);
    }

    /** The coordinator was killed: the progress of the last second is missing, the entries of the commits are not. */
    @Test
    void an_interrupted_run_reports_what_became_of_each_transaction() {
        String id = begin();
        String row = "1, 3, 'n', now(), '', ''";
        TestDatabase.execute(
                database,
                "update bulk_run set began_at = now() - interval '1 minute', seen_at = now() - interval '1 minute'",
                """
                insert into open_transaction
                  (bucket, gid, owner, parked_at, pattern, state, name, created_at, request_digest, plan)
                values (0, 'again', null, now(), %1$s), (0, 'refused', null, now() - interval '1 hour', %1$s),
                  (0, 'runs', 7, null, %1$s)\
                """.formatted(row),
                """
                insert into finished_transaction
                  (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, plan, progress)
                values (0, 'ended', 1, 6, 'n', now(), now(), '', '', '')\
                """,
                """
                insert into audit_entry (actor, operation, reason, before, gid, after, request_id)
                select 'ops', 'retry', '', 'PARKED', gid, after, 'bulk-' || request from (values
                  ('ended', 'RUNNING', '%1$s'), ('runs', 'UNKNOWN ENT-053: no response', '%1$s'),
                  ('runs', 'RUNNING', '%1$s'), ('gone', 'RUNNING, unchanged', '%1$s'), ('again', 'RUNNING', '%1$s'),
                  ('refused', 'REFUSED ENT-045: no', '%1$s'), ('', 'matched 5', '%1$s'), ('other', 'RUNNING', 'x')
                ) as entries (gid, after, request)\
                """.formatted(id));

        assertThat(stored(id).broken()).isEqualTo("interrupted");
        assertThat(runs.stored().results(id))
                .containsExactly(
                        new BulkRunTable.Result("again", "done", TransactionState.RUNNING, true, true),
                        new BulkRunTable.Result("refused", "refused", TransactionState.RUNNING, true, false),
                        new BulkRunTable.Result("runs", "done", TransactionState.RUNNING, false, false),
                        new BulkRunTable.Result("ended", "done", TransactionState.SUCCEEDED, false, false),
                        new BulkRunTable.Result("gone", "unchanged", null, false, false));
    }

    private static String sentence(BulkPage.Run run) {
        ApiResult<List<OperateMatchingResponse>> none = ApiResult.of(List.of());
        TransactionQuery asked = new TransactionQuery(run.query());
        Texts texts = Texts.of(Language.ENGLISH);
        return new BulkPage(asked, none, ApiResult.failed(""), "", run, List.of(), 0, List.of(), texts).sentence(run);
    }

    @Test
    void refusals_of_one_code_are_grouped_under_the_first_message() {
        String id = begin();
        await().until(() -> !clients.isEmpty());
        await().until(() -> stored(id).done() == 1);
        assertThat(stored(id).outcome()).isEqualTo("done");
        clients.element()
                .onNext(OperateMatchingResponse.newBuilder()
                        .setGid("so")
                        .setApplied(true)
                        .setUnchanged(true)
                        .setMatched(101)
                        .build());
        await().until(() -> stored(id).unchanged() == 1);
        assertThat(stored(id).done()).isEqualTo(1);
        assertThat(stored(id).outcome()).isEqualTo("some");
        for (int i = 0; i < 100; i++) {
            OperateMatchingResponse.Builder refused =
                    OperateMatchingResponse.newBuilder().setGid("r" + i).setMatched(101);
            refused.getErrorBuilder().setCode("ENT-045").setMessage("ENT-045: no. " + i);
            clients.element().onNext(refused.build());
        }
        OperateMatchingResponse.Builder unknown =
                OperateMatchingResponse.newBuilder().setGid("u").setMatched(101);
        unknown.getErrorBuilder().setCode("ENT-053").setMessage("ENT-053: it cannot be reached");
        clients.element().onNext(unknown.build());
        clients.element().onCompleted();

        await().until(() -> stored(id).isOver());
        assertThat(sentence(stored(id))).isEqualTo("Retry: 1 of 101 done, 1 without change, 100 refused, 1 unknown");
        assertThat(stored(id).refused())
                .filteredOn(group -> !group.isOpen())
                .singleElement()
                .satisfies(group -> {
                    assertThat(group.count()).isEqualTo(100);
                    assertThat(group.why()).isEqualTo("ENT-045: no. 0");
                    assertThat(group.gids()).hasSize(20).startsWith("r0", "r1");
                });
        assertThat(stored(id).outcome()).isEqualTo("some");
    }
}

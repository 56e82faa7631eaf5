package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import dev.entente.server.telemetry.Metrics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The rows in PostgreSQL: writes through {@link GroupCommitWriter}, reads and claims over the pool.
 */
public final class PostgresTransactionStore implements TransactionStore {
    private final long incarnation;
    private final long fenceFloor;
    private final GroupCommitWriter writer;
    private final Vacuum vacuum;
    private final Reads reads;
    private final RowClaims claims;
    private final QueryExecutor executor;
    private final QueryExecutor ofRows;

    private PostgresTransactionStore(
            Incarnations me,
            GroupCommitWriter writer,
            Vacuum vacuum,
            Reads reads,
            RowClaims claims,
            QueryExecutor executor,
            QueryExecutor ofRows) {
        this.incarnation = me.incarnation();
        this.fenceFloor = me.fenceFloor();
        this.writer = writer;
        this.vacuum = vacuum;
        this.reads = reads;
        this.claims = claims;
        this.executor = executor;
        this.ofRows = ofRows;
    }

    /**
     * Starts the writer, without using the network yet.
     *
     * @param cluster the result of {@code Failover#settle}
     * @param me the registered incarnation
     * @param results the executor on which futures complete; up to four at once may complete on the writer's thread
     *     instead, so dependent code must not block
     * @param metrics counts each group commit
     * @param incarnationEnded called at most once, on the writer's thread, after a failover of the database: drop
     *     everything
     */
    public static PostgresTransactionStore open(
            Database database,
            ClusterIdentity cluster,
            Incarnations me,
            Executor results,
            Metrics metrics,
            Runnable incarnationEnded) {
        long incarnation = me.incarnation();
        GroupCommitWriter writer = new GroupCommitWriter(
                new WriterLink(database, cluster, incarnation), incarnation, results, metrics, incarnationEnded);
        Vacuum vacuum = new Vacuum(database, writer::commits);
        writer.start();
        vacuum.start();
        return new PostgresTransactionStore(
                me,
                writer,
                vacuum,
                new Reads(database, incarnation),
                new RowClaims(database, incarnation, cluster),
                new QueryExecutor(results),
                QueryExecutor.ofRows(results, database.settings()));
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public long fenceFloor() {
        return fenceFloor;
    }

    @Override
    public CompletableFuture<AcceptResult> accept(NewTransaction transaction) {
        Pending.Accept accept = new Pending.Accept(transaction);
        writer.add(accept);
        return accept.answer();
    }

    @Override
    public CompletableFuture<WriteResult> write(RowWrite write) {
        Pending.Write pending = new Pending.Write(write);
        writer.add(pending);
        return pending.answer();
    }

    @Override
    public CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes) {
        Pending.Register register = new Pending.Register(gid, branch, maxPlanBytes);
        writer.add(register);
        return register.answer();
    }

    @Override
    public CompletableFuture<@Nullable StoredTransaction> read(String gid) {
        return ofRows.ask(() -> reads.read(gid));
    }

    @Override
    public CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery) {
        return ofRows.ask(() -> reads.ahead(gid, delivery));
    }

    @Override
    public CompletableFuture<Map<String, Long>> revs(List<String> gids) {
        return ofRows.ask(() -> reads.revs(gids));
    }

    @Override
    public CompletableFuture<DueWork> due() {
        return executor.ask(claims::due);
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes) {
        return executor.ask(() -> claims.claimDue(bucket, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return executor.ask(() -> claims.claimHeldBack(participant, onlyDue, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        return executor.ask(() -> claims.adopt(deadIncarnation, afterGid, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit) {
        return executor.ask(() -> reads.owned(afterGid, limit));
    }

    /** Returns the number of operations that wait to be written, for metrics. */
    public int waiting() {
        return writer.waiting();
    }

    /** Returns the number of committed batches. */
    long commits() {
        return writer.commits();
    }

    @Override
    public void close() {
        writer.close();
        vacuum.close();
        executor.close();
        ofRows.close();
    }
}

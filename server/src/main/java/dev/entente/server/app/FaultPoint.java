package dev.entente.server.app;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A store that kills the process where it hurts most. So many decisions have become durable, and the first undo or
 * completion of the last one is about to leave. For fault tests of the built jar; the environment asks for it.
 */
record FaultPoint(TransactionStore inner, AtomicInteger decisionsLeft, Set<String> decided)
        implements TransactionStore {
    /** After that many decisions the process halts; unset for never. */
    static final String HALT_AFTER_DECISIONS = "ENTENTE_FAULT_HALT_AFTER_DECISIONS";

    private static final int KILLED = 137;

    /** The store itself, unless the environment asks for a fault. */
    static TransactionStore fromEnvironment(TransactionStore store) {
        String decisions = System.getenv(HALT_AFTER_DECISIONS);
        return decisions == null
                ? store
                : new FaultPoint(store, new AtomicInteger(Integer.parseInt(decisions)), ConcurrentHashMap.newKeySet());
    }

    @Override
    public CompletableFuture<WriteResult> write(RowWrite write) {
        CompletableFuture<WriteResult> written = inner.write(write);
        boolean isDecision = write.change() instanceof RowWrite.Flush
                && isDecided(write.change().state())
                && decided.add(write.gid());
        return isDecision ? written.thenApply(this::counted) : written;
    }

    private static boolean isDecided(TransactionState state) {
        return state == TransactionState.UNDOING || state == TransactionState.COMPLETING;
    }

    /** Notes which claimed rows are decided already: later writes of them are progress and no decision. */
    private List<OpenRow> claimed(List<OpenRow> rows) {
        rows.stream().filter(row -> isDecided(row.state())).forEach(row -> decided.add(row.gid()));
        return rows;
    }

    private WriteResult counted(WriteResult result) {
        if (result instanceof WriteResult.Written && decisionsLeft.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(KILLED);
        }
        return result;
    }

    @Override
    public long incarnation() {
        return inner.incarnation();
    }

    @Override
    public CompletableFuture<AcceptResult> accept(NewTransaction transaction) {
        return inner.accept(transaction);
    }

    @Override
    public CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes) {
        return inner.register(gid, branch, maxPlanBytes);
    }

    @Override
    public CompletableFuture<@Nullable StoredTransaction> read(String gid) {
        return inner.read(gid);
    }

    @Override
    public CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery) {
        return inner.ahead(gid, delivery);
    }

    @Override
    public CompletableFuture<Map<String, Long>> revs(List<String> gids) {
        return inner.revs(gids);
    }

    @Override
    public CompletableFuture<DueWork> due() {
        return inner.due();
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes) {
        return inner.claimDue(bucket, limit, bytes).thenApply(this::claimed);
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return inner.claimHeldBack(participant, onlyDue, limit, bytes).thenApply(this::claimed);
    }

    @Override
    public CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        return inner.adopt(deadIncarnation, afterGid, limit, bytes).thenApply(this::claimed);
    }

    @Override
    public CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit) {
        return inner.owned(afterGid, limit);
    }

    @Override
    public void close() {
        inner.close();
    }
}

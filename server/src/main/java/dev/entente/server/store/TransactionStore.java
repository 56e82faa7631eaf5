package dev.entente.server.store;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one incarnation of a coordinator on rows. Thread-safe; nothing blocks.
 *
 * <p>Each write is guarded by owner and rev: a write of a superseded incarnation changes nothing and answers
 * {@code Lost}. An answered write is durable. A future stays open while its commit is in doubt, and completes when it
 * was found out. Futures complete on the executor that the store was given, a whole batch in one task.
 *
 * <p>All of this is held by one suite of tests, {@code StoreContract} in the module {@code sim}, {@code
 * src/test/…/simulation}: whoever changes this interface or its SQL extends and runs that, too.
 *
 * <p>Failures: {@link StoreUnavailable} if nothing was written because the database does not answer,
 * {@link StoreOverloaded} if nothing was written because too much waits (accept and register only).
 */
public interface TransactionStore {

    /** The incarnation whose writes these are. */
    long incarnation();

    /**
     * The number that is added to each rev to make the fence of calls. It is higher after each failover and restore, so
     * that calls of lost commits have lower fences. Milliseconds since 1970; 0 before the first of them.
     */
    long fenceFloor();

    /**
     * Inserts a new transaction, unless its gid stands already, open or finished.
     *
     * <p>Accepted twice under one gid at once, both answers may be {@code Accepted} if a commit was in doubt: who holds
     * the transaction already ignores the second.
     */
    CompletableFuture<AcceptResult> accept(NewTransaction transaction);

    /** Changes one row, if the guard still holds. At most one write of a gid may be under way. */
    CompletableFuture<WriteResult> write(RowWrite write);

    /**
     * Appends a branch to a BEGUN row that nobody owns, that is not parked, and whose deadline has not come.
     *
     * @param branch a serialized plan with just that branch: concatenation is merge
     * @param maxPlanBytes the plan's limit: a row whose plan would grow beyond it is not changed
     * @return the whole plan's bytes after it, or null if no such row was changed: read it to find out why
     */
    CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes);

    /** The row as it stands, open before finished, or null if there is none. */
    CompletableFuture<@Nullable StoredTransaction> read(String gid);

    /** Returns the delivery before that one in its lane with its row, or null if there never was one. */
    CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery);

    /** Returns the rev of each of these rows that is open. */
    CompletableFuture<Map<String, Long>> revs(List<String> gids);

    /** Rows without an owner that may be claimed, and where they are. */
    CompletableFuture<DueWork> due();

    /**
     * Takes due rows of a bucket, oldest first; rows that others are taking are skipped. Sets owner, rev + 1, adoptions
     * + 1.
     *
     * @param bytes of payload: the first row is taken however large it is, others as long as they fit in with those
     *     before them
     */
    CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes);

    /**
     * Takes rows that this participant holds back, in the order in which they are due; rows that others are taking are
     * skipped. Sets owner, rev + 1, adoptions + 1.
     *
     * @param onlyDue whether the others are left alone
     * @param bytes of payload: the first row is taken however large it is, others as long as they fit in with those
     *     before them
     */
    CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes);

    /**
     * Takes rows of an incarnation that was declared dead, in gid order. Sets owner, rev + 1, adoptions + 1.
     *
     * @param afterGid the last gid seen, "" to begin
     * @param bytes of payload: the first row is taken however large it is, others as long as they fit in with those
     *     before them
     */
    CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes);

    /**
     * The rows that this incarnation owns, in gid order; after a batch in doubt or a lost connection the engine asks.
     *
     * @param afterGid the last gid seen, "" to begin
     */
    CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit);

    /** Ends: waiting writes fail with {@link StoreUnavailable}, connections are closed. May block for a moment. */
    void close();
}

package dev.entente.server.store;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one incarnation of a coordinator on rows. Thread-safe; no method blocks, except {@link #close}.
 *
 * <p>Each write is guarded by owner and rev: a write of a replaced incarnation changes nothing and returns {@code
 * Lost}. An answered write is durable. A future stays open while its commit is in doubt, and completes once the result
 * is known. Futures complete on the store's executor, a complete batch in one task.
 *
 * <p>One test suite verifies this contract: {@code StoreContract} in the module {@code sim}, {@code
 * src/test/…/simulation}. Extend and run the suite with each change of this interface or its SQL.
 *
 * <p>Failures: {@link StoreUnavailable} if nothing was written because the database does not answer, {@link
 * StoreOverloaded} if nothing was written because too many operations wait (accept and register only).
 */
public interface TransactionStore {

    /** Returns the incarnation of these writes. */
    long incarnation();

    /**
     * Returns the number that is added to each rev to make the fence of calls. Each failover and restore raises it, so
     * that calls of lost commits have lower fences. Milliseconds since 1970; 0 before the first failover or restore.
     */
    long fenceFloor();

    /**
     * Inserts a new transaction, unless its gid already exists, open or finished.
     *
     * <p>Two concurrent accepts of one gid may both return {@code Accepted} if a commit was in doubt. A caller that
     * already holds the transaction ignores the second answer.
     */
    CompletableFuture<AcceptResult> accept(NewTransaction transaction);

    /** Changes one row, if the guard still holds. At most one write of a gid may be in flight. */
    CompletableFuture<WriteResult> write(RowWrite write);

    /**
     * Appends a branch to a BEGUN row without an owner, unless the row is parked or past its deadline.
     *
     * @param branch a serialized plan with only that branch: the concatenation of serialized plans is a merged plan
     * @param maxPlanBytes the plan's limit: a row is not changed if its plan would exceed the limit
     * @return the bytes of the complete new plan, or null if no row was changed: read the row to find the reason
     */
    CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes);

    /** Reads the current row, open before finished, or null if there is none. */
    CompletableFuture<@Nullable StoredTransaction> read(String gid);

    /** Returns the previous delivery of the same queue with its row, or null if there never was one. */
    CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery);

    /** Returns the revs of those of these rows that are open, by gid. */
    CompletableFuture<Map<String, Long>> revs(List<String> gids);

    /** Returns the buckets and the participants that have claimable rows without an owner. */
    CompletableFuture<DueWork> due();

    /**
     * Takes due rows of a bucket, oldest first, and skips rows that others are taking. Sets owner, rev + 1, adoptions +
     * 1.
     *
     * @param bytes of payload: the first row is taken regardless of its size, others as long as the sum fits
     */
    CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes);

    /**
     * Takes rows that this participant holds back, in the order of their due times, and skips rows that others are
     * taking. Sets owner, rev + 1, adoptions + 1.
     *
     * @param onlyDue whether only due rows are taken
     * @param bytes of payload: the first row is taken regardless of its size, others as long as the sum fits
     */
    CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes);

    /**
     * Takes rows of an incarnation that was declared dead, in gid order. Sets owner, rev + 1, adoptions + 1.
     *
     * @param afterGid the last gid seen, "" to begin
     * @param bytes of payload: the first row is taken regardless of its size, others as long as the sum fits
     */
    CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes);

    /**
     * Returns the rows that this incarnation owns, in gid order. Used after a batch in doubt or a lost connection.
     *
     * @param afterGid the last gid seen, "" to begin
     */
    CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit);

    /** Closes the store and its connections: waiting writes fail with {@link StoreUnavailable}. May block briefly. */
    void close();
}

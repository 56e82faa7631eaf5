package dev.entente.server.store.admin;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.QueryExecutor;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jdbi.v3.core.Handle;

/** The audit: lists entries, and inserts entries beside a transaction's rows. Thread-safe. */
public final class AuditLog {
    /**
     * A stored entry.
     *
     * @param id the number of the entry; later entries have higher numbers
     */
    public record Entry(long id, Instant at, AuditRecord entry) {}

    /**
     * Conditions on entries. An empty text matches all entries.
     *
     * @param gid of one transaction
     * @param after exclusive
     * @param before exclusive
     */
    public record Filter(String gid, String actor, String operation, Instant after, Instant before) {
        /** Matches all entries. */
        public static final Filter ALL = new Filter("", "", "", Instant.EPOCH, Instant.parse("9999-12-31T00:00:00Z"));
    }

    /** The condition of the index over entries of bulk operations. */
    private static final String IS_OF_BULK = "e.request_id like '" + AuditRecord.BULK + "%'";

    private static final String ENTRY_OF_BULK =
            "select from audit_entry s where s.request_id = e.request_id and s.request_id like '" + AuditRecord.BULK
                    + "%' and s.gid = ''";

    private final Database database;
    private final QueryExecutor executor;

    /** @param executor the executor for queries of people */
    public AuditLog(Database database, QueryExecutor executor) {
        this.database = database;
        this.executor = executor;
    }

    /**
     * Returns entries, newest first.
     *
     * @param hasOperations whether entries of operations are included: all entries except reads
     * @param hasReads whether reads of payloads and of the audit are included
     * @param requestId of one request, or empty for all
     * @param isFolded whether entries of single transactions are left out if their bulk operation has an entry
     * @param beforeId the last id seen, or {@link Long#MAX_VALUE} to begin
     */
    public CompletableFuture<List<Entry>> list(
            Filter filter,
            boolean hasOperations,
            boolean hasReads,
            String requestId,
            boolean isFolded,
            long beforeId,
            int limit) {
        String ofRequest = (requestId.isEmpty() ? ":request = ''" : "e.request_id = :request")
                + (requestId.startsWith(AuditRecord.BULK) ? " and " + IS_OF_BULK : "")
                + (isFolded ? " and not (e.gid <> '' and " + IS_OF_BULK + " and exists (" + ENTRY_OF_BULK + "))" : "");
        return executor.ask(() -> database.forPeople(handle -> handle.createQuery("""
            select id, at, actor, operation, gid, reason, before, after, peer, request_id from audit_entry e
            where id < :beforeId and %s and (:gid = '' or gid = :gid) and (:actor = '' or actor = :actor)
              and (:operation = '' or operation = :operation) and at > :after and at < :before
              and case when operation in ('read', 'read-audit') then :reads else :operations end
            order by id desc limit :limit\
            """.formatted(ofRequest))
                .bind("request", requestId)
                .bind("beforeId", beforeId)
                .bindMethods(filter)
                .bind("operations", hasOperations)
                .bind("reads", hasReads)
                .bind("limit", limit)
                .map((row, _) -> new Entry(
                        row.getLong("id"),
                        OpenRows.instant(row, "at"),
                        new AuditRecord(
                                row.getString("actor"),
                                row.getString("operation"),
                                row.getString("gid"),
                                row.getString("reason"),
                                row.getString("before"),
                                row.getString("after"),
                                row.getString("peer"),
                                row.getString("request_id"))))
                .list()));
    }

    static void insert(Handle handle, AuditRecord entry) {
        insert(handle, List.of(entry));
    }

    static void insert(Handle handle, List<AuditRecord> entries) {
        var batch = handle.prepareBatch("""
            insert into audit_entry (actor, operation, gid, reason, before, after, peer, request_id)
            values (:actor, :act, :gid, :reason, :before, :after, :peer, :requestId)\
            """);
        for (AuditRecord entry : entries) {
            batch.bindMethods(entry).add();
        }
        var _ = batch.execute();
    }
}

package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.Subscriptions;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Reads and writes the tables beyond single transactions. Thread-safe; nothing blocks. */
public interface Records {
    /**
     * A page, newest first. It ends before its limit where its rows are large; only the token says whether it is the
     * last.
     *
     * @param token the page before's, or empty to begin
     */
    CompletableFuture<Queries.Page> list(TransactionFilter filter, int limit, String token);

    /** The gids of unfinished transactions, newest first; at most so many. */
    CompletableFuture<List<String>> openGids(TransactionFilter filter, int limit);

    CompletableFuture<Queries.Counts> count(TransactionFilter filter);

    CompletableFuture<List<Queries.Coordinator>> coordinators();

    /** The node of each of these incarnations, dead or alive; those that are forgotten are left out. */
    CompletableFuture<Map<Long, String>> nodes(Collection<Long> incarnations);

    /**
     * Audit entries, newest first.
     *
     * @param gid of one transaction, or empty for all
     * @param beforeId the last id seen, or {@link Long#MAX_VALUE} to begin
     */
    CompletableFuture<List<AuditLog.Entry>> audit(String gid, long beforeId, int limit);

    /** Adds a subscription, or replaces the one of that topic and name. */
    CompletableFuture<Void> subscribe(Subscriptions.Subscription subscription, AuditRecord audit);

    /** Removes one; whether there was one. */
    CompletableFuture<Boolean> unsubscribe(String topic, String subscriber, AuditRecord audit);

    /**
     * By topic and subscriber.
     *
     * @param topic only its, or empty for all
     * @param afterTopic the last one seen, both empty to begin
     */
    CompletableFuture<List<Subscriptions.Subscription>> subscriptions(
            String topic, String afterTopic, String afterSubscriber, int limit);

    /** The gids of open messages whose plan names that subscriber, in order. */
    CompletableFuture<List<String>> messagesTo(ByteString name, String afterGid, int limit);

    /** Finds the transactions that a failover has parked; names at most {@code limit} gids. */
    CompletableFuture<Failover.Found> parkedByFailover(int limit);

    /** Releases all of it; how many. */
    CompletableFuture<Integer> releaseAfterFailover(AuditRecord audit);

    /** The database as it was when this coordinator registered. */
    ClusterIdentity cluster();
}

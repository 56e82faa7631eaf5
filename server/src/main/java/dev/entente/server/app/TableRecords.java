package dev.entente.server.app;

import com.google.protobuf.ByteString;
import dev.entente.server.api.Records;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.Subscriptions;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The tables as the API asks for them. {@link Failover} blocks, so it is asked on virtual threads. */
record TableRecords(
        Queries queries, AuditLog log, Subscriptions topics, Recovery recovery, Supplier<ClusterIdentity> identity)
        implements Records {

    /**
     * The work that follows a failover.
     *
     * @param lease the coordinators'
     */
    record Recovery(Failover failover, Duration lease, Executor blocking) {
        private <T> CompletableFuture<T> run(Supplier<T> work) {
            return CompletableFuture.supplyAsync(work, blocking);
        }
    }

    @Override
    public CompletableFuture<Queries.Page> list(TransactionFilter filter, int limit, String token) {
        return queries.list(filter, limit, token);
    }

    @Override
    public CompletableFuture<List<String>> openGids(TransactionFilter filter, int limit) {
        return queries.openGids(filter, limit);
    }

    @Override
    public CompletableFuture<Queries.Counts> count(TransactionFilter filter) {
        return queries.count(filter);
    }

    @Override
    public CompletableFuture<List<Queries.Coordinator>> coordinators() {
        return queries.coordinators();
    }

    @Override
    public CompletableFuture<Map<Long, String>> nodes(Collection<Long> incarnations) {
        return queries.nodes(incarnations);
    }

    @Override
    public CompletableFuture<List<AuditLog.Entry>> audit(String gid, long beforeId, int limit) {
        return log.list(gid, beforeId, limit);
    }

    @Override
    public CompletableFuture<Void> subscribe(Subscriptions.Subscription subscription, AuditRecord audit) {
        return topics.put(subscription, audit);
    }

    @Override
    public CompletableFuture<Boolean> unsubscribe(String topic, String subscriber, AuditRecord audit) {
        return topics.remove(topic, subscriber, audit);
    }

    @Override
    public CompletableFuture<List<Subscriptions.Subscription>> subscriptions(
            String topic, String afterTopic, String afterSubscriber, int limit) {
        return topics.list(topic, afterTopic, afterSubscriber, limit);
    }

    @Override
    public CompletableFuture<List<String>> messagesTo(ByteString name, String afterGid, int limit) {
        return topics.openTo(name, afterGid, limit);
    }

    @Override
    public CompletableFuture<Failover.Found> parkedByFailover(int limit) {
        return recovery.run(() -> recovery.failover().found(limit));
    }

    @Override
    public CompletableFuture<Integer> releaseAfterFailover(AuditRecord audit) {
        return recovery.run(() -> recovery.failover().release(audit, recovery.lease()));
    }

    @Override
    public ClusterIdentity cluster() {
        return identity.get();
    }
}

package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Membership;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.Subscriptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Tables that hold what the test put there; the filter is only noted. */
final class FakeRecords implements Records {
    final List<StoredTransaction> rows = new CopyOnWriteArrayList<>();
    final List<AuditRecord> released = new CopyOnWriteArrayList<>();
    final Map<Long, String> nodes = new ConcurrentHashMap<>();
    final NavigableMap<String, Subscriptions.Subscription> subscriptions = new ConcurrentSkipListMap<>();
    final List<AuditRecord> audited = new CopyOnWriteArrayList<>();
    final List<String> messages = new CopyOnWriteArrayList<>();
    volatile @Nullable TransactionFilter asked;

    @Override
    public CompletableFuture<Queries.Page> list(TransactionFilter filter, int limit, String token) {
        asked = filter;
        int from = token.isEmpty() ? 0 : Integer.parseInt(token);
        int to = Math.min(rows.size(), from + limit);
        return CompletableFuture.completedFuture(new Queries.Page(
                new ArrayList<>(rows.subList(from, to)), to < rows.size() ? Integer.toString(to) : ""));
    }

    @Override
    public CompletableFuture<List<String>> openGids(TransactionFilter filter, int limit) {
        asked = filter;
        return CompletableFuture.completedFuture(
                rows.stream().limit(limit).map(StoredTransaction::gid).toList());
    }

    @Override
    public CompletableFuture<Queries.Counts> count(TransactionFilter filter) {
        asked = filter;
        return CompletableFuture.completedFuture(new Queries.Counts(
                Map.of(TransactionState.RUNNING, 2L, TransactionState.SUCCEEDED, 5L),
                2,
                1,
                1,
                0,
                Duration.ofSeconds(90),
                false));
    }

    @Override
    public CompletableFuture<List<Queries.Coordinator>> coordinators() {
        Membership.Peer peer = new Membership.Peer(7, "node-a", "127.0.0.1:7790", 3, null, Instant.EPOCH, "test");
        return CompletableFuture.completedFuture(List.of(new Queries.Coordinator(peer, Duration.ofMillis(1500), 2)));
    }

    @Override
    public CompletableFuture<Map<Long, String>> nodes(Collection<Long> incarnations) {
        return CompletableFuture.completedFuture(nodes);
    }

    @Override
    public CompletableFuture<List<AuditLog.Entry>> audit(String gid, long beforeId, int limit) {
        AuditRecord entry = new AuditRecord("ops", "retry", "t-1", "mended", "UNDOING", "UNDOING");
        return CompletableFuture.completedFuture(
                beforeId <= 12 ? List.of() : List.of(new AuditLog.Entry(12, Instant.EPOCH, entry)));
    }

    @Override
    public CompletableFuture<Void> subscribe(Subscriptions.Subscription subscription, AuditRecord audit) {
        subscriptions.put(subscription.topic() + " " + subscription.subscriber(), subscription);
        audited.add(audit);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Boolean> unsubscribe(String topic, String subscriber, AuditRecord audit) {
        boolean existed = subscriptions.remove(topic + " " + subscriber) != null;
        if (existed) {
            audited.add(audit);
        }
        return CompletableFuture.completedFuture(existed);
    }

    @Override
    public CompletableFuture<List<Subscriptions.Subscription>> subscriptions(
            String topic, String afterTopic, String afterSubscriber, int limit) {
        return CompletableFuture.completedFuture(subscriptions.values().stream()
                .filter(each -> topic.isEmpty() || each.topic().equals(topic))
                .filter(each ->
                        (each.topic() + " " + each.subscriber()).compareTo(afterTopic + " " + afterSubscriber) > 0)
                .limit(limit)
                .toList());
    }

    @Override
    public CompletableFuture<List<String>> messagesTo(ByteString name, String afterGid, int limit) {
        return CompletableFuture.completedFuture(messages.stream()
                .filter(gid -> gid.compareTo(afterGid) > 0)
                .limit(limit)
                .toList());
    }

    @Override
    public CompletableFuture<Failover.Found> parkedByFailover(int limit) {
        return CompletableFuture.completedFuture(
                released.isEmpty() ? new Failover.Found(2, List.of("t-1", "t-2")) : new Failover.Found(0, List.of()));
    }

    @Override
    public CompletableFuture<Integer> releaseAfterFailover(AuditRecord audit) {
        released.add(audit);
        return CompletableFuture.completedFuture(2);
    }

    @Override
    public ClusterIdentity cluster() {
        return new ClusterIdentity(7_000_000_000_000_000_001L, 2);
    }
}

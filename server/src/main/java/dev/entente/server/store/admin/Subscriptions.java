package dev.entente.server.store.admin;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.QueryExecutor;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jdbi.v3.core.Handle;

/** The subscribers of topics. The writes that accept messages read the same table. Thread-safe; no method blocks. */
public final class Subscriptions {
    /**
     * One subscriber of one topic.
     *
     * @param deliver the serialized call to the subscriber
     * @param fanOut the bytes that an accepting write appends to a plan
     */
    public record Subscription(String topic, String subscriber, ByteString deliver, ByteString fanOut) {}

    private final Database database;
    private final QueryExecutor executor;

    /** @param executor the executor for queries of people */
    public Subscriptions(Database database, QueryExecutor executor) {
        this.database = database;
        this.executor = executor;
    }

    /** Adds a subscription, or replaces the one with the same topic and name. */
    public CompletableFuture<Void> put(Subscription subscription, AuditRecord audit) {
        return executor.ask(() -> database.jdbi().inTransaction(handle -> {
                    put(handle, subscription);
                    AuditLog.insert(handle, audit);
                    return audit;
                }))
                .thenAccept(AuditLines::done);
    }

    private static void put(Handle handle, Subscription subscription) {
        handle.createUpdate("""
            insert into subscription (topic, subscriber, deliver, fan_out)
            values (:topic, :subscriber, :deliver, :fanOut)
            on conflict (topic, subscriber) do update set deliver = excluded.deliver, fan_out = excluded.fan_out\
            """)
                .bind("topic", subscription.topic())
                .bind("subscriber", subscription.subscriber())
                .bind("deliver", subscription.deliver().toByteArray())
                .bind("fanOut", subscription.fanOut().toByteArray())
                .execute();
    }

    /** Removes a subscriber. Returns whether there was one. */
    public CompletableFuture<Boolean> remove(String topic, String subscriber, AuditRecord audit) {
        return executor.ask(() -> database.jdbi().inTransaction(handle -> {
                    int removed = handle.createUpdate(
                                    "delete from subscription where topic = :topic and subscriber = :subscriber")
                            .bind("topic", topic)
                            .bind("subscriber", subscriber)
                            .execute();
                    AuditRecord reported = removed > 0 ? audit : audit.unchanged("");
                    AuditLog.insert(handle, reported);
                    return reported;
                }))
                .thenApply(reported -> {
                    AuditLines.done(reported);
                    return reported.equals(audit);
                });
    }

    /**
     * Returns the subscriptions by topic and subscriber.
     *
     * @param topic one topic, or empty for all
     * @param afterTopic the last one seen, both empty to begin
     */
    public CompletableFuture<List<Subscription>> list(
            String topic, String afterTopic, String afterSubscriber, int limit) {
        return executor.ask(() -> database.jdbi()
                .withHandle(handle -> handle.createQuery("""
                    select topic, subscriber, deliver, fan_out from subscription
                    where (:topic = '' or topic = :topic) and (topic, subscriber) > (:afterTopic, :afterSubscriber)
                    order by topic, subscriber limit :limit\
                    """)
                        .bind("topic", topic)
                        .bind("afterTopic", afterTopic)
                        .bind("afterSubscriber", afterSubscriber)
                        .bind("limit", limit)
                        .map((row, _) -> subscription(row))
                        .list()));
    }

    private static Subscription subscription(ResultSet row) throws SQLException {
        return new Subscription(
                row.getString("topic"),
                row.getString("subscriber"),
                ByteString.copyFrom(row.getBytes("deliver")),
                ByteString.copyFrom(row.getBytes("fan_out")));
    }

    /**
     * Returns open messages with this subscriber in the plan, by gid. Reads each open message: only for manual actions.
     *
     * @param name the subscriber's name in plans
     */
    public CompletableFuture<List<String>> openTo(ByteString name, String afterGid, int limit) {
        return executor.ask(() -> database.jdbi()
                .withHandle(handle -> handle.createQuery("""
                    select gid from open_transaction
                    where gid > :after and pattern = %s and position(:found in plan) > 0
                    order by gid limit :limit\
                    """.formatted(Pattern.MESSAGE.code()))
                        .bind("after", afterGid)
                        .bind("found", name.toByteArray())
                        .bind("limit", limit)
                        .mapTo(String.class)
                        .list()));
    }
}

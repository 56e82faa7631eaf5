package dev.entente.server.store.writer;

import dev.entente.server.codec.PlanBytes;
import dev.entente.server.store.ArrayColumn;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.NewTransaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements that accept new transactions: the insert, the recheck, and the dependent rows. */
final class AcceptStatements {
    final Insert insert = new Insert();
    final Recheck recheck = new Recheck();
    final FanOut fanOut = new FanOut();
    final Order order = new Order();
    final Labels labels = new Labels();

    void add(NewTransaction transaction) {
        int bucket = Bucket.of(transaction.gid());
        insert.add(bucket, transaction);
        recheck.gids.add(transaction.gid());
        transaction.topics().forEach(topic -> fanOut.add(transaction, topic));
        transaction.queues().forEach(queue -> order.add(bucket, transaction, queue));
        transaction.labels().forEach((key, value) -> labels.add(bucket, transaction, key, value));
    }

    private static long millisOrMinusOne(@Nullable Duration duration) {
        return duration == null ? -1 : Math.max(0, duration.toMillis());
    }

    /** Inserts new rows. A dead incarnation inserts nothing: no coordinator would search for its rows again. */
    static final class Insert extends BatchStatement {
        private final ArrayColumn buckets = columns.shorts("bucket");
        private final ArrayColumn gids = columns.texts("gid");
        private final ArrayColumn dueMillis = columns.longs("due_millis");
        private final ArrayColumn formats = columns.shorts("format");
        private final ArrayColumn patterns = columns.shorts("pattern");
        private final ArrayColumn states = columns.shorts("state");
        private final ArrayColumn names = columns.texts("name");
        private final ArrayColumn deadlineMillis = columns.longs("deadline_millis");
        private final ArrayColumn digests = columns.bytes("request_digest");
        private final ArrayColumn plans = columns.bytes("plan");

        private void add(int bucket, NewTransaction transaction) {
            buckets.addShort(bucket);
            gids.add(transaction.gid());
            dueMillis.addLong(millisOrMinusOne(transaction.dueIn()));
            formats.addShort(transaction.format());
            patterns.addShort(transaction.pattern().code());
            states.addShort(transaction.state().code());
            names.add(transaction.name());
            deadlineMillis.addLong(millisOrMinusOne(transaction.deadlineIn()));
            digests.add(transaction.requestDigest());
            plans.add(transaction.plan());
        }

        @Override
        String sql() {
            return """
                /* accept_insert */ insert into open_transaction
                  (bucket, gid, owner, due_at, format, pattern, state, name, created_at, deadline_at, request_digest,
                  plan)
                select u.bucket, u.gid, case when u.due_millis < 0 then ? end,
                  case when u.due_millis >= 0 then now() + u.due_millis * interval '1 millisecond' end,
                  u.format, u.pattern, u.state, u.name, now(),
                  case when u.deadline_millis >= 0 then now() + u.deadline_millis * interval '1 millisecond' end,
                  u.request_digest, u.plan
                from %s
                where exists (select 1 from coordinator c where c.incarnation = ? and c.dead_at is null)
                on conflict do nothing
                returning gid\
                """.formatted(columns.rows());
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(incarnation).add(columns).add(incarnation);
        }

        @Override
        void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            markApplied(rows, byGid);
        }
    }

    /**
     * Deletes rows that another coordinator has finished meanwhile. A separate statement has a fresh snapshot: one
     * statement with {@code not exists} would start a finished transaction again. A gid in both tables has always
     * finished before, regardless of the open row's owner.
     */
    static final class Recheck extends BatchStatement {
        private final ArrayColumn gids = columns.texts("gid");

        @Override
        String sql() {
            return """
                /* accept_recheck */ delete from open_transaction
                where gid = any (array (select f.gid from finished_transaction f where f.gid = any (?)))
                returning gid\
                """;
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(gids);
        }

        @Override
        void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            while (rows.next()) {
                if (byGid.get(rows.getString(1)) instanceof Pending.Accept accept) {
                    accept.reset();
                }
            }
        }
    }

    /**
     * Appends the current subscribers of the topics to the plans of accepted messages. An existing message already has
     * its subscribers, so its plan is longer than the client's plan. A message with other content does not belong to
     * this client.
     */
    static final class FanOut extends BatchStatement {
        private final ArrayColumn gids = columns.texts("gid");
        private final ArrayColumn lengths = columns.longs("plan_bytes");
        private final ArrayColumn digests = columns.bytes("request_digest");
        private final ArrayColumn topics = columns.texts("topic");

        private void add(NewTransaction transaction, String topic) {
            gids.add(transaction.gid());
            lengths.addLong(transaction.plan().size());
            digests.add(transaction.requestDigest());
            topics.add(topic);
        }

        @Override
        String sql() {
            return """
                /* accept_fan_out */ update open_transaction t set plan = t.plan || f.found
                from (
                  select u.gid, u.plan_bytes, u.request_digest, '\\x%s'::bytea
                      || coalesce(string_agg(s.fan_out, ''::bytea order by s.topic, s.subscriber), ''::bytea) as found
                  from %s
                  left join (select topic, subscriber, fan_out from subscription where topic = any (?)) s
                    on s.topic = u.topic
                  group by u.gid, u.plan_bytes, u.request_digest) f
                where t.gid = any (?) and t.gid = f.gid and t.rev = 0 and t.request_digest = f.request_digest
                  and octet_length(t.plan) = f.plan_bytes\
                """.formatted(HexFormat.of().formatHex(PlanBytes.fannedOut().toByteArray()), columns.rows());
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(columns).add(topics).add(gids);
        }
    }

    /**
     * Queues the deliveries of accepted messages: each delivery stores its predecessor in the queue. The queue's row
     * stays locked until the commit, so queues are locked in one order, and later accepts find earlier ones. Existing
     * messages are queued already. A message with other content gets no position.
     */
    static final class Order extends BatchStatement {
        private final ArrayColumn numbers = columns.longs("number");
        private final ArrayColumn gids = columns.texts("gid");
        private final ArrayColumn buckets = columns.shorts("bucket");
        private final ArrayColumn digests = columns.bytes("request_digest");
        private final ArrayColumn deliveries = columns.texts("delivery");
        private final ArrayColumn queues = columns.texts("queue");
        private final ArrayColumn queueBuckets = columns.shorts("queue_bucket");
        private int count;

        private void add(int bucket, NewTransaction transaction, NewTransaction.Queue queue) {
            numbers.addLong(count++);
            gids.add(transaction.gid());
            buckets.addShort(bucket);
            digests.add(transaction.requestDigest());
            deliveries.add(queue.delivery());
            queues.add(queue.name());
            queueBuckets.addShort(Bucket.of(queue.name()));
        }

        @Override
        String sql() {
            return """
                /* accept_order */ with fresh as (
                  select u.number, u.gid, u.bucket, u.delivery, u.queue, u.queue_bucket
                  from %s
                  join open_transaction t on t.gid = u.gid and t.rev = 0 and t.request_digest = u.request_digest
                  where t.gid = any (?)
                    and not exists (
                      select 1 from delivery_order o
                      where o.gid = any (?) and o.gid = u.gid and o.delivery = u.delivery)),
                chained as (
                  select gid, bucket, delivery, queue, queue_bucket, lag(gid) over in_queue as before_gid,
                    lag(delivery) over in_queue as before_delivery,
                    row_number() over (partition by queue order by number desc) as from_last
                  from fresh window in_queue as (partition by queue order by number)),
                moved as (
                  insert into delivery_lane as k (bucket, queue, gid, delivery)
                  select queue_bucket, queue, gid, delivery from chained where from_last = 1 order by queue
                  on conflict (queue, bucket) do update set before_gid = k.gid, before_delivery = k.delivery,
                    gid = excluded.gid, delivery = excluded.delivery, moved_at = now()
                  returning queue, before_gid, before_delivery)
                insert into delivery_order (bucket, gid, delivery, before_gid, before_delivery)
                select c.bucket, c.gid, c.delivery, coalesce(c.before_gid, m.before_gid),
                  coalesce(c.before_delivery, m.before_delivery)
                from chained c join moved m on m.queue = c.queue\
                """.formatted(columns.rows());
        }

        @Override
        void clear() {
            super.clear();
            count = 0;
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(columns).add(gids).add(gids);
        }
    }

    /**
     * Inserts labels. The digest covers the labels, so a row with this digest has these labels, regardless of its
     * writer.
     */
    static final class Labels extends BatchStatement {
        private final ArrayColumn buckets = columns.shorts("bucket");
        private final ArrayColumn gids = columns.texts("gid");
        private final ArrayColumn digests = columns.bytes("request_digest");
        private final ArrayColumn keys = columns.texts("key");
        private final ArrayColumn values = columns.texts("value");

        private void add(int bucket, NewTransaction transaction, String key, String value) {
            buckets.addShort(bucket);
            gids.add(transaction.gid());
            digests.add(transaction.requestDigest());
            keys.add(key);
            values.add(value);
        }

        @Override
        String sql() {
            return """
                /* accept_labels */ insert into transaction_label (bucket, gid, key, value)
                select u.bucket, u.gid, u.key, u.value
                from %s
                join open_transaction t on t.gid = u.gid and t.request_digest = u.request_digest
                where t.gid = any (?)
                on conflict do nothing\
                """.formatted(columns.rows());
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(columns).add(gids);
        }
    }
}

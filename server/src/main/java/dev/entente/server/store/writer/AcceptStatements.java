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

/** Statements that accept new transactions: the insert, the second look, and the labels. */
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
        transaction.lanes().forEach(lane -> order.add(bucket, transaction, lane));
        transaction.labels().forEach((key, value) -> labels.add(bucket, transaction, key, value));
    }

    private static long millisOrMinusOne(@Nullable Duration duration) {
        return duration == null ? -1 : Math.max(0, duration.toMillis());
    }

    /** A declared-dead incarnation accepts nothing: nobody would look for its rows again. */
    static final class Insert implements BatchStatement {
        private final ArrayColumn buckets = ArrayColumn.ofShorts();
        private final ArrayColumn gids = ArrayColumn.ofTexts();
        private final ArrayColumn dueMillis = ArrayColumn.ofLongs();
        private final ArrayColumn formats = ArrayColumn.ofShorts();
        private final ArrayColumn patterns = ArrayColumn.ofShorts();
        private final ArrayColumn states = ArrayColumn.ofShorts();
        private final ArrayColumn names = ArrayColumn.ofTexts();
        private final ArrayColumn deadlineMillis = ArrayColumn.ofLongs();
        private final ArrayColumn digests = ArrayColumn.ofBytes();
        private final ArrayColumn plans = ArrayColumn.ofBytes();
        private final ArrayColumn[] columns = {
            buckets, gids, dueMillis, formats, patterns, states, names, deadlineMillis, digests, plans
        };

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
        public String sql() {
            return """
                /* accept_insert */ insert into open_transaction
                  (bucket, gid, owner, due_at, format, pattern, state, name, created_at, deadline_at, request_digest,
                  plan)
                select b, g, case when d < 0 then ? end, case when d >= 0 then now() + d * interval '1 millisecond' end,
                  f, p, s, n, now(), case when l >= 0 then now() + l * interval '1 millisecond' end, r, pl
                from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) u (b, g, d, f, p, s, n, l, r, pl)
                where exists (select 1 from coordinator c where c.incarnation = ? and c.dead_at is null)
                on conflict do nothing
                returning gid\
                """;
        }

        @Override
        public boolean isEmpty() {
            return gids.isEmpty();
        }

        @Override
        public void clear() {
            for (ArrayColumn column : columns) {
                column.clear();
            }
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(incarnation).add(columns).add(incarnation);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            BatchStatement.markApplied(rows, byGid);
        }
    }

    /**
     * Takes back what has finished meanwhile on another coordinator. A statement of its own, so that it sees with a
     * fresh snapshot: one statement with {@code not exists} would start a finished transaction anew. What is in both
     * tables is always a revenant, whoever owns it.
     */
    static final class Recheck implements BatchStatement {
        private final ArrayColumn gids = ArrayColumn.ofTexts();

        @Override
        public String sql() {
            return """
                /* accept_recheck */ delete from open_transaction
                where gid = any (array (select f.gid from finished_transaction f where f.gid = any (?)))
                returning gid\
                """;
        }

        @Override
        public boolean isEmpty() {
            return gids.isEmpty();
        }

        @Override
        public void clear() {
            gids.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(gids);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            while (rows.next()) {
                if (byGid.get(rows.getString(1)) instanceof Pending.Accept accept) {
                    accept.reset();
                }
            }
        }
    }

    /**
     * Appends to the plan of what was just accepted who is subscribed to its topics at this moment. A plan that stands
     * already has been through this, so it is longer than what the client sent; one with other content is not this
     * client's.
     */
    static final class FanOut implements BatchStatement {
        private final ArrayColumn gids = ArrayColumn.ofTexts();
        private final ArrayColumn lengths = ArrayColumn.ofLongs();
        private final ArrayColumn digests = ArrayColumn.ofBytes();
        private final ArrayColumn topics = ArrayColumn.ofTexts();

        private void add(NewTransaction transaction, String topic) {
            gids.add(transaction.gid());
            lengths.addLong(transaction.plan().size());
            digests.add(transaction.requestDigest());
            topics.add(topic);
        }

        @Override
        public String sql() {
            return """
                /* accept_fan_out */ update open_transaction t set plan = t.plan || f.found
                from (
                  select u.g, u.l, u.r, '\\x%s'::bytea
                      || coalesce(string_agg(s.fan_out, ''::bytea order by s.topic, s.subscriber), ''::bytea) as found
                  from unnest(?, ?, ?, ?) u (g, l, r, topic)
                  left join (select topic, subscriber, fan_out from subscription where topic = any (?)) s
                    on s.topic = u.topic
                  group by u.g, u.l, u.r) f
                where t.gid = any (?) and t.gid = f.g and t.rev = 0 and t.request_digest = f.r
                  and octet_length(t.plan) = f.l\
                """.formatted(HexFormat.of().formatHex(PlanBytes.fannedOut().toByteArray()));
        }

        @Override
        public boolean isEmpty() {
            return gids.isEmpty();
        }

        @Override
        public void clear() {
            gids.clear();
            lengths.clear();
            digests.clear();
            topics.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(gids, lengths, digests, topics, topics, gids);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) {}
    }

    /**
     * Queues up the deliveries of what was just accepted: each remembers the one before it in its lane. The lane's row
     * stays locked until the commit, so lanes are taken in one order, and who comes later finds who came before. What
     * stands already is queued up already, and what stands with other content takes nobody's place.
     */
    static final class Order implements BatchStatement {
        private final ArrayColumn numbers = ArrayColumn.ofLongs();
        private final ArrayColumn gids = ArrayColumn.ofTexts();
        private final ArrayColumn buckets = ArrayColumn.ofShorts();
        private final ArrayColumn digests = ArrayColumn.ofBytes();
        private final ArrayColumn deliveries = ArrayColumn.ofTexts();
        private final ArrayColumn lanes = ArrayColumn.ofTexts();
        private final ArrayColumn laneBuckets = ArrayColumn.ofShorts();
        private int count;

        private void add(int bucket, NewTransaction transaction, NewTransaction.Lane lane) {
            numbers.addLong(count++);
            gids.add(transaction.gid());
            buckets.addShort(bucket);
            digests.add(transaction.requestDigest());
            deliveries.add(lane.delivery());
            lanes.add(lane.name());
            laneBuckets.addShort(Bucket.of(lane.name()));
        }

        @Override
        public String sql() {
            return """
                /* accept_order */ with fresh as (
                  select u.n, u.g, u.gb, u.d, u.l, u.lb
                  from unnest(?, ?, ?, ?, ?, ?, ?) u (n, g, gb, r, d, l, lb)
                  join open_transaction t on t.gid = u.g and t.rev = 0 and t.request_digest = u.r
                  where t.gid = any (?)
                    and not exists (
                      select 1 from delivery_order o
                      where o.gid = any (?) and o.gid = u.g and o.delivery = u.d)),
                chained as (
                  select g, gb, d, l, lb, lag(g) over lane as bg, lag(d) over lane as bd,
                    row_number() over (partition by l order by n desc) as from_last
                  from fresh window lane as (partition by l order by n)),
                moved as (
                  insert into delivery_lane as k (bucket, lane, gid, delivery)
                  select lb, l, g, d from chained where from_last = 1 order by l
                  on conflict (lane, bucket) do update set before_gid = k.gid, before_delivery = k.delivery,
                    gid = excluded.gid, delivery = excluded.delivery, moved_at = now()
                  returning lane, before_gid, before_delivery)
                insert into delivery_order (bucket, gid, delivery, before_gid, before_delivery)
                select c.gb, c.g, c.d, coalesce(c.bg, m.before_gid), coalesce(c.bd, m.before_delivery)
                from chained c join moved m on m.lane = c.l\
                """;
        }

        @Override
        public boolean isEmpty() {
            return gids.isEmpty();
        }

        @Override
        public void clear() {
            count = 0;
            numbers.clear();
            gids.clear();
            buckets.clear();
            digests.clear();
            deliveries.clear();
            lanes.clear();
            laneBuckets.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(numbers, gids, buckets, digests, deliveries, lanes, laneBuckets, gids, gids);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) {}
    }

    /**
     * The digest covers the labels: where the row stands with this digest, these are its labels, whoever wrote it
     * first.
     */
    static final class Labels implements BatchStatement {
        private final ArrayColumn buckets = ArrayColumn.ofShorts();
        private final ArrayColumn gids = ArrayColumn.ofTexts();
        private final ArrayColumn digests = ArrayColumn.ofBytes();
        private final ArrayColumn keys = ArrayColumn.ofTexts();
        private final ArrayColumn values = ArrayColumn.ofTexts();

        private void add(int bucket, NewTransaction transaction, String key, String value) {
            buckets.addShort(bucket);
            gids.add(transaction.gid());
            digests.add(transaction.requestDigest());
            keys.add(key);
            values.add(value);
        }

        @Override
        public String sql() {
            return """
                /* accept_labels */ insert into transaction_label (bucket, gid, key, value)
                select u.b, u.g, u.k, u.v
                from unnest(?, ?, ?, ?, ?) u (b, g, r, k, v)
                join open_transaction t on t.gid = u.g and t.request_digest = u.r
                where t.gid = any (?)
                on conflict do nothing\
                """;
        }

        @Override
        public boolean isEmpty() {
            return gids.isEmpty();
        }

        @Override
        public void clear() {
            buckets.clear();
            gids.clear();
            digests.clear();
            keys.clear();
            values.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(buckets, gids, digests, keys, values, gids);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) {}
    }
}

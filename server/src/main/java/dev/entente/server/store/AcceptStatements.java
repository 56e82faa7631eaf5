package dev.entente.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What accepts new transactions: the insert, the second look, and the labels. */
final class AcceptStatements {
    final Insert insert = new Insert();
    final Recheck recheck = new Recheck();
    final Labels labels = new Labels();

    void add(NewTransaction transaction) {
        int bucket = Bucket.of(transaction.gid());
        insert.add(bucket, transaction);
        recheck.gids.add(transaction.gid());
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
                  (bucket, gid, owner, due_at, format, pattern, state, name, created_at, deadline_at, request_digest, plan)
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
     * Takes back what has finished meanwhile on another coordinator. A statement of its own, so that it sees with a fresh snapshot: one
     * statement with {@code not exists} would start a finished transaction anew. What is in both tables is always a revenant, whoever owns it.
     */
    static final class Recheck implements BatchStatement {
        private final ArrayColumn gids = ArrayColumn.ofTexts();

        @Override
        public String sql() {
            return """
                /* accept_recheck */ delete from open_transaction
                where gid = any (array (select f.gid from finished_transaction f where f.gid = any (?) /* bucket f */))
                  /* bucket open_transaction */
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

    /** The digest covers the labels: where the row stands with this digest, these are its labels, whoever wrote it first. */
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
                where t.gid = any (?) /* bucket t */
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

package dev.entente.server.store.writer;

import dev.entente.core.transaction.Parked;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.ArrayColumn;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.ParkedColumn;
import dev.entente.server.store.RowWrite;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements that change and finish rows. The guard is common: this incarnation owns the row at exactly this rev,
 * or no incarnation owns it if the write takes the row. If a statement does not return a row, the write of the row was
 * without effect ({@code Lost}).
 */
final class WriteStatements {
    /**
     * The condition against late decisions: after the deadline, by the database's clock, a client cannot commit (BEGUN,
     * 1, to COMPLETING, 4, or SUCCEEDED, 6).
     */
    private static final String NO_LATE_COMMIT =
            "(not u.takes or t.state <> 1 or u.state not in (4, 6) or t.parked_at is not null or t.deadline_at is null"
                    + " or t.deadline_at > now())";

    /** The guard: owned here, or without an owner if the write takes the row, at exactly this rev. */
    private static final String GUARDED = "t.gid = any (?) and t.gid = u.gid and t.rev = u.rev"
            + " and t.owner is not distinct from case when u.takes then null else ? end";

    final Flush flush = new Flush();
    final Release rest = new Release();
    final Finish finish = new Finish();
    final Wake wake = new Wake();
    final Audit audit = new Audit();

    /** Adds an entry, which is written only if the row of its gid is written in this commit. */
    void add(@Nullable AuditRecord entry) {
        if (entry != null) {
            audit.add(entry);
        }
    }

    void add(RowWrite write) {
        switch (write.change()) {
            case RowWrite.Flush change -> flush.add(write, change);
            case RowWrite.Release change -> rest.add(write, change);
            case RowWrite.Finish change -> finish.add(write, change);
        }
        add(write.audit());
        if (write.releasesQueues()) {
            wake.gids.add(write.gid());
        }
    }

    /** A change of rows in the expected state. */
    abstract static class GuardedStatement extends BatchStatement {
        private final ArrayColumn gids = columns.texts("gid");
        private final ArrayColumn revs = columns.ints("rev");
        private final ArrayColumn takes = columns.booleans("takes");

        final void guard(RowWrite write) {
            gids.add(write.gid());
            revs.addInt(Math.toIntExact(write.rev()));
            takes.add(write.takes());
        }

        /** Binds the columns, followed by the parameters of {@link #GUARDED}. */
        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(columns).add(gids).add(incarnation);
        }

        @Override
        void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            markApplied(rows, byGid);
        }
    }

    /**
     * Changes rows. No indexed column of a held row changes: a HOT update. Only a living incarnation may take a row.
     */
    static final class Flush extends GuardedStatement {
        private final ArrayColumn states = columns.shorts("state");
        private final ArrayColumn progress = columns.bytes("progress");
        private final ArrayColumn appended = columns.bytes("appended");
        private final ArrayColumn resets = columns.booleans("resets");
        private final ArrayColumn waitingOn = columns.texts("waiting_on");

        private void add(RowWrite write, RowWrite.Flush change) {
            guard(write);
            states.addShort(change.state().code());
            progress.add(change.progress());
            appended.add(change.planAppended());
            resets.add(change.resetsAdoptions());
            waitingOn.add(change.waitingOn());
        }

        @Override
        String sql() {
            return """
                /* flush */ update open_transaction t
                set owner = ?, due_at = null, parked_at = null, parked_reason = null, rev = t.rev + 1,
                  state = u.state, progress = u.progress, format = greatest(t.format, %s),
                  plan = case when u.appended is null then t.plan else t.plan || u.appended end,
                  adoptions = case when u.resets then 0 else t.adoptions end, waiting_on = u.waiting_on
                from %s
                where %s
                  and (not u.takes or exists (
                    select 1 from coordinator c where c.incarnation = ? and c.dead_at is null))
                  and %s
                returning t.gid\
                """.formatted(PlanCodec.format(), columns.rows(), GUARDED, NO_LATE_COMMIT);
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(incarnation);
            super.bind(parameters, incarnation);
            parameters.add(incarnation);
        }
    }

    /** Puts rows to rest, parks them, or releases them. */
    static final class Release extends GuardedStatement {
        private final ArrayColumn states = columns.shorts("state");
        private final ArrayColumn progress = columns.bytes("progress");
        private final ArrayColumn dueMillis = columns.longs("due_millis");
        private final ArrayColumn reasons = columns.texts("reason");
        private final ArrayColumn waitingOn = columns.texts("waiting_on");
        private final ArrayColumn formats = columns.shorts("format");
        private final ArrayColumn heldBackBy = columns.texts("held_back_by");

        private void add(RowWrite write, RowWrite.Release change) {
            guard(write);
            states.addShort(change.state().code());
            progress.add(change.progress());
            dueMillis.addLong(
                    change.dueIn() == null ? -1 : Math.max(0, change.dueIn().toMillis()));
            Parked parked = change.parked();
            reasons.add(parked == null ? null : ParkedColumn.text(parked));
            waitingOn.add(change.waitingOn());
            formats.addShort(change.format());
            heldBackBy.add(change.heldBackBy());
        }

        @Override
        String sql() {
            return """
                /* rest */ update open_transaction t
                set owner = null,
                  due_at = case when u.due_millis >= 0 then now() + u.due_millis * interval '1 millisecond' end,
                  parked_at = case when u.reason is not null then now() end, parked_reason = u.reason,
                  rev = t.rev + 1, state = u.state, progress = coalesce(u.progress, t.progress), adoptions = 0,
                  waiting_on = u.waiting_on, format = greatest(t.format, u.format), held_back_by = u.held_back_by
                from %s
                where %s
                  and %s
                returning t.gid\
                """.formatted(columns.rows(), GUARDED, NO_LATE_COMMIT);
        }
    }

    /** Replaces open rows by finished rows. Labels do not change, because they belong to the gid. */
    static final class Finish extends GuardedStatement {
        private final ArrayColumn states = columns.shorts("state");
        private final ArrayColumn results = columns.bytes("result");
        private final ArrayColumn plans = columns.bytes("plan");
        private final ArrayColumn progress = columns.bytes("progress");

        private void add(RowWrite write, RowWrite.Finish change) {
            guard(write);
            states.addShort(change.state().code());
            results.add(change.result());
            plans.add(change.plan());
            progress.add(change.progress());
        }

        @Override
        String sql() {
            return """
                /* finish */ with gone as (
                  delete from open_transaction t using %s
                  where %s
                    and %s
                  returning t.bucket, t.gid, t.pattern, u.state, t.name, t.created_at, now() as finished_at,
                    t.deadline_at, t.request_digest, u.result, u.plan, u.progress)
                insert into finished_transaction (bucket, %s)
                select bucket, %s from gone
                returning gid\
                """.formatted(
                    columns.rows(), GUARDED, NO_LATE_COMMIT, OpenRows.FINISHED_COLUMNS, OpenRows.FINISHED_COLUMNS);
        }
    }

    /**
     * Makes rows due that rest behind ended deliveries: running messages (RUNNING, 3). Rows that this batch puts to
     * rest are included, because each statement has its own snapshot. Without {@code coalesce}, the planner would read
     * all rows with a due time by their index.
     */
    static final class Wake extends BatchStatement {
        private final ArrayColumn gids = columns.texts("gid");

        @Override
        String sql() {
            return """
                /* wake */ update open_transaction t set due_at = now()
                where t.gid = any (array (
                    select o.gid from delivery_order o where o.before_gid = any (?) and o.before_gid is not null))
                  and t.owner is null and t.due_at > now() and t.parked_at is null and t.state = 3
                  and coalesce(t.held_back_by, '') = ''\
                """;
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(gids);
        }
    }

    /**
     * Inserts audit entries, after the writes. An entry is inserted only if its row was written in this commit: then
     * the row's xmin is the current transaction.
     */
    static final class Audit extends BatchStatement {
        private final ArrayColumn actors = columns.texts("actor");
        private final ArrayColumn acts = columns.texts("operation");
        private final ArrayColumn gids = columns.texts("gid");
        private final ArrayColumn reasons = columns.texts("reason");
        private final ArrayColumn befores = columns.texts("before");
        private final ArrayColumn afters = columns.texts("after");
        private final ArrayColumn peers = columns.texts("peer");
        private final ArrayColumn requests = columns.texts("request_id");

        private void add(AuditRecord entry) {
            actors.add(entry.actor());
            acts.add(entry.act());
            gids.add(entry.gid());
            reasons.add(entry.reason());
            befores.add(entry.before());
            afters.add(entry.after());
            peers.add(entry.peer());
            requests.add(entry.requestId());
        }

        @Override
        String sql() {
            return """
                /* audit */ insert into audit_entry (actor, operation, gid, reason, before, after, peer, request_id)
                select u.actor, u.operation, u.gid, u.reason, u.before, u.after, u.peer, u.request_id from %s
                where u.gid in (
                  select t.gid from open_transaction t where t.gid = any (?) and t.xmin = pg_current_xact_id()::xid
                  union all
                  select f.gid from finished_transaction f
                  where f.gid = any (?) and f.xmin = pg_current_xact_id()::xid)\
                """.formatted(columns.rows());
        }

        @Override
        void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(columns).add(gids).add(gids);
        }
    }
}

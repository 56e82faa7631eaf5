package dev.entente.server.store.writer;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.ArrayColumn;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ParkedColumn;
import dev.entente.server.store.RowWrite;
import dev.entente.server.transaction.Parked;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Statements that change and end rows. The guard is the same everywhere: the row is mine at just this rev; or, where
 * the write takes the row, it is nobody's at just this rev. A row that is not returned is lost.
 */
final class WriteStatements {
    /**
     * From its deadline on, by the database's clock, a client no longer decides: no Commit (BEGUN, 1, to COMPLETING, 4,
     * or SUCCEEDED, 6).
     */
    private static final String NO_LATE_COMMIT =
            "(not u.k or t.state <> 1 or u.s not in (4, 6) or t.parked_at is not null or t.deadline_at is null or"
                    + " t.deadline_at > now())";

    final Flush flush = new Flush();
    final Rest rest = new Rest();
    final Finish finish = new Finish();
    final Audit audit = new Audit();

    /** Written only if the row of its gid is, in this very commit. */
    void add(@Nullable AuditRecord entry) {
        if (entry != null) {
            audit.add(entry);
        }
    }

    void add(RowWrite write) {
        switch (write.change()) {
            case RowWrite.Flush change -> flush.add(write, change);
            case RowWrite.Rest change -> rest.add(write, change);
            case RowWrite.Finish change -> finish.add(write, change);
        }
        add(write.audit());
    }

    /** The guard's columns. */
    private static final class Guard {
        final ArrayColumn gids = ArrayColumn.ofTexts();
        final ArrayColumn revs = ArrayColumn.ofInts();
        final ArrayColumn takes = ArrayColumn.ofBooleans();

        void add(RowWrite write) {
            gids.add(write.gid());
            revs.addInt(Math.toIntExact(write.rev()));
            takes.add(write.takes());
        }

        void clear() {
            gids.clear();
            revs.clear();
            takes.clear();
        }
    }

    /**
     * Touches no indexed column of a row that is held already: a HOT update. Only a living incarnation may take a row.
     */
    static final class Flush implements BatchStatement {
        private final Guard guard = new Guard();
        private final ArrayColumn states = ArrayColumn.ofShorts();
        private final ArrayColumn progress = ArrayColumn.ofBytes();
        private final ArrayColumn appended = ArrayColumn.ofBytes();
        private final ArrayColumn resets = ArrayColumn.ofBooleans();
        private final ArrayColumn waitingOn = ArrayColumn.ofTexts();

        private void add(RowWrite write, RowWrite.Flush change) {
            guard.add(write);
            states.addShort(change.state().code());
            progress.add(change.progress());
            appended.add(change.planAppended());
            resets.add(change.resetsAdoptions());
            waitingOn.add(change.waitingOn());
        }

        @Override
        public String sql() {
            return """
                /* flush */ update open_transaction t
                set owner = ?, due_at = null, parked_at = null, parked_reason = null, rev = t.rev + 1,
                  state = u.s, progress = u.p, format = greatest(t.format, %d),
                  plan = case when u.a is null then t.plan else t.plan || u.a end,
                  adoptions = case when u.z then 0 else t.adoptions end, waiting_on = u.w
                from unnest(?, ?, ?, ?, ?, ?, ?, ?) u (g, r, k, s, p, a, z, w)
                where t.gid = any (?) and t.gid = u.g and t.rev = u.r
                  and t.owner is not distinct from case when u.k then null else ? end
                  and (not u.k or exists (select 1 from coordinator c where c.incarnation = ? and c.dead_at is null))
                  and %s
                returning t.gid\
                """.formatted(PlanCodec.format(), NO_LATE_COMMIT);
        }

        @Override
        public boolean isEmpty() {
            return guard.gids.isEmpty();
        }

        @Override
        public void clear() {
            guard.clear();
            states.clear();
            progress.clear();
            appended.clear();
            resets.clear();
            waitingOn.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters
                    .add(incarnation)
                    .add(guard.gids, guard.revs, guard.takes, states, progress, appended, resets, waitingOn)
                    .add(guard.gids)
                    .add(incarnation)
                    .add(incarnation);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            BatchStatement.markApplied(rows, byGid);
        }
    }

    /** Puts rows to sleep, parks them, or gives them back. */
    static final class Rest implements BatchStatement {
        private final Guard guard = new Guard();
        private final ArrayColumn states = ArrayColumn.ofShorts();
        private final ArrayColumn progress = ArrayColumn.ofBytes();
        private final ArrayColumn dueMillis = ArrayColumn.ofLongs();
        private final ArrayColumn reasons = ArrayColumn.ofTexts();
        private final ArrayColumn waitingOn = ArrayColumn.ofTexts();
        private final ArrayColumn formats = ArrayColumn.ofShorts();
        private final ArrayColumn heldBackBy = ArrayColumn.ofTexts();

        private void add(RowWrite write, RowWrite.Rest change) {
            guard.add(write);
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
        public String sql() {
            return """
                /* rest */ update open_transaction t
                set owner = null, due_at = case when u.d >= 0 then now() + u.d * interval '1 millisecond' end,
                  parked_at = case when u.c is not null then now() end, parked_reason = u.c,
                  rev = t.rev + 1, state = u.s, progress = coalesce(u.p, t.progress), adoptions = 0, waiting_on = u.w,
                  format = greatest(t.format, u.f), held_back_by = u.h
                from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) u (g, r, k, s, p, d, c, w, f, h)
                where t.gid = any (?) and t.gid = u.g and t.rev = u.r
                  and t.owner is not distinct from case when u.k then null else ? end
                  and %s
                returning t.gid\
                """.formatted(NO_LATE_COMMIT);
        }

        @Override
        public boolean isEmpty() {
            return guard.gids.isEmpty();
        }

        @Override
        public void clear() {
            guard.clear();
            states.clear();
            progress.clear();
            dueMillis.clear();
            reasons.clear();
            waitingOn.clear();
            formats.clear();
            heldBackBy.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters
                    .add(guard.gids, guard.revs, guard.takes, states, progress, dueMillis, reasons, waitingOn, formats)
                    .add(heldBackBy)
                    .add(guard.gids)
                    .add(incarnation);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            BatchStatement.markApplied(rows, byGid);
        }
    }

    /** The open row goes, the finished one comes. Labels stay where they are: they belong to the gid. */
    static final class Finish implements BatchStatement {
        private final Guard guard = new Guard();
        private final ArrayColumn states = ArrayColumn.ofShorts();
        private final ArrayColumn results = ArrayColumn.ofBytes();
        private final ArrayColumn outlines = ArrayColumn.ofBytes();
        private final ArrayColumn histories = ArrayColumn.ofBytes();

        private void add(RowWrite write, RowWrite.Finish change) {
            guard.add(write);
            states.addShort(change.state().code());
            results.add(change.result());
            outlines.add(change.outline());
            histories.add(change.history());
        }

        @Override
        public String sql() {
            return """
                /* finish */ with gone as (
                  delete from open_transaction t using unnest(?, ?, ?, ?, ?, ?, ?) u (g, r, k, s, x, o, h)
                  where t.gid = any (?) and t.gid = u.g and t.rev = u.r
                    and t.owner is not distinct from case when u.k then null else ? end
                    and %s
                  returning t.bucket, t.gid, t.pattern, t.name, t.created_at, t.request_digest, u.s, u.x, u.o, u.h)
                insert into finished_transaction
                  (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, result, outline, history)
                select bucket, gid, pattern, s, name, created_at, now(), request_digest, x, o, h from gone
                returning gid\
                """.formatted(NO_LATE_COMMIT);
        }

        @Override
        public boolean isEmpty() {
            return guard.gids.isEmpty();
        }

        @Override
        public void clear() {
            guard.clear();
            states.clear();
            results.clear();
            outlines.clear();
            histories.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters
                    .add(guard.gids, guard.revs, guard.takes, states, results, outlines, histories)
                    .add(guard.gids)
                    .add(incarnation);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
            BatchStatement.markApplied(rows, byGid);
        }
    }

    /**
     * After the writes: an entry stands only if its write does, which shows in the row's xmin, the very transaction
     * that runs.
     */
    static final class Audit implements BatchStatement {
        private final ArrayColumn actors = ArrayColumn.ofTexts();
        private final ArrayColumn acts = ArrayColumn.ofTexts();
        private final ArrayColumn gids = ArrayColumn.ofTexts();
        private final ArrayColumn reasons = ArrayColumn.ofTexts();
        private final ArrayColumn befores = ArrayColumn.ofTexts();
        private final ArrayColumn afters = ArrayColumn.ofTexts();

        private void add(AuditRecord entry) {
            actors.add(entry.actor());
            acts.add(entry.act());
            gids.add(entry.gid());
            reasons.add(entry.reason());
            befores.add(entry.before());
            afters.add(entry.after());
        }

        @Override
        public String sql() {
            return """
                /* audit */ insert into audit_entry (actor, act, gid, reason, before, after)
                select u.c, u.a, u.g, u.r, u.b, u.e from unnest(?, ?, ?, ?, ?, ?) u (c, a, g, r, b, e)
                where u.g in (
                  select t.gid from open_transaction t where t.gid = any (?) and t.xmin = pg_current_xact_id()::xid
                  union all
                  select f.gid from finished_transaction f
                  where f.gid = any (?) and f.xmin = pg_current_xact_id()::xid)\
                """;
        }

        @Override
        public boolean isEmpty() {
            return gids.isEmpty();
        }

        @Override
        public void clear() {
            actors.clear();
            acts.clear();
            gids.clear();
            reasons.clear();
            befores.clear();
            afters.clear();
        }

        @Override
        public void bind(Parameters parameters, long incarnation) throws SQLException {
            parameters.add(actors, acts, gids, reasons, befores, afters, gids, gids);
        }

        @Override
        public void read(ResultSet rows, Map<String, Pending> byGid) {}
    }
}

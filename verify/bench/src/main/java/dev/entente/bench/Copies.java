package dev.entente.bench;

import dev.entente.rig.SqlDatabase;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Statements that fill a coordinator's tables with copies of rows that the coordinator made. Each copy has its own
 * time-ordered gid and its own digest.
 */
final class Copies {
    /** Rows per statement. This bounds the transaction; the checkpoint after each statement limits the log's files. */
    private static final int CHUNK = 500_000;

    private static final String FINISHED = """
        with template as materialized (select * from finished_transaction limit 1)
        insert into finished_transaction
          (bucket, gid, pattern, state, name, created_at, finished_at, deadline_at, request_digest, result, plan, progress)
        select (crc32c(convert_to(copy.gid, 'UTF8')) & 63)::smallint, copy.gid, template.pattern, template.state, template.name,
          moment.at, moment.at + interval '30 milliseconds', null, substr(sha256(convert_to(copy.gid, 'UTF8')), 1, 16),
          template.result, template.plan, template.progress
        from template, generate_series(?::bigint, ?::bigint) n
        cross join lateral (select now() - ?::float8 * interval '1 second' + n * ?::float8 * interval '1 second' as at) moment
        cross join lateral (select uuidv7(moment.at - now())::text as gid) copy
        """;

    private static final String PARKED = """
        with template as materialized (select * from open_transaction where parked_at is not null limit 1)
        insert into open_transaction
          (bucket, gid, owner, rev, due_at, adoptions, format, pattern, state, name, created_at, deadline_at, request_digest,
           plan, progress, waiting_on, parked_at, parked_reason)
        select (crc32c(convert_to(copy.gid, 'UTF8')) & 63)::smallint, copy.gid, null, template.rev, null, 0, template.format,
          template.pattern, template.state, template.name, moment.at, null, substr(sha256(convert_to(copy.gid, 'UTF8')), 1, 16),
          template.plan, template.progress, template.waiting_on, moment.at, template.parked_reason
        from template, generate_series(?::bigint, ?::bigint) n
        cross join lateral (select now() - ?::float8 * interval '1 second' + n * ?::float8 * interval '1 second' as at) moment
        cross join lateral (select uuidv7(moment.at - now())::text as gid) copy
        """;

    private Copies() {}

    /**
     * Copies a finished transaction, which must exist. The copies finished between {@code oldest} and {@code youngest}
     * ago, at equal intervals.
     */
    static void finished(SqlDatabase database, long count, Duration oldest, Duration youngest) throws SQLException {
        insert(database, FINISHED, count, oldest, youngest);
    }

    /** Copies a parked transaction, which must exist. */
    static void parked(SqlDatabase database, long count, Duration oldest, Duration youngest) throws SQLException {
        insert(database, PARKED, count, oldest, youngest);
    }

    private static void insert(SqlDatabase database, String sql, long count, Duration oldest, Duration youngest)
            throws SQLException {
        double spacing = oldest.minus(youngest).toMillis() / 1e3 / count;
        for (long done = 0; done < count; done += CHUNK) {
            database.change(sql, done + 1, Math.min(count, done + CHUNK), oldest.toMillis() / 1e3, spacing);
            database.change("checkpoint");
        }
    }

    /** Vacuums now: autovacuum would run within the next minute and would disturb one window only. */
    static void vacuum(SqlDatabase database) throws SQLException {
        database.change("vacuum (analyze) finished_transaction");
        database.change("vacuum (analyze) open_transaction");
        database.change("checkpoint");
    }
}

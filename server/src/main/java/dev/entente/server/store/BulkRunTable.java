package dev.entente.server.store;

import dev.entente.core.transaction.TransactionState;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jspecify.annotations.Nullable;

/**
 * The table of the console's bulk operations. Each method blocks, and throws {@link StoreUnavailable} while the
 * database is unavailable. Thread-safe.
 */
public final class BulkRunTable {
    /** The maximum number of concurrent runs, at all coordinators. */
    public static final int MAX_IN_FLIGHT = 16;

    private static final int MAX_LISTED = 100;
    private static final String MAX_SILENCE = "interval '15 seconds'";

    private final Database database;
    private final QueryExecutor executor;

    /**
     * A run.
     *
     * @param query the query of the run's page, with the run's id
     * @param progress in the format of the console
     * @param isInterrupted whether the run's coordinator stopped before the run was over
     */
    public record Row(String id, String query, String progress, boolean isOver, boolean isInterrupted) {}

    /**
     * The result of a run for one transaction.
     *
     * @param outcome {@code done}, {@code unchanged}, {@code refused} or {@code unknown}
     * @param state the current state; null if the transaction is no longer stored
     * @param isAgain whether the transaction was parked after the start of the run
     */
    public record Result(
            String gid, String outcome, @Nullable TransactionState state, boolean isParked, boolean isAgain) {}

    /** Creates a table that runs its statements in the executor of queries. */
    public BulkRunTable(Database database, QueryExecutor executor) {
        this.database = database;
        this.executor = executor;
    }

    private <T> T ask(HandleCallback<T, RuntimeException> statement) {
        try {
            return executor.ask(() -> database.jdbi().withHandle(statement)).join();
        } catch (CompletionException failed) {
            throw QueryExecutor.failure(failed.getCause() == null ? failed : failed.getCause());
        }
    }

    /** Adds a run. Returns false if the maximum is reached. */
    public boolean add(String id, String query) {
        return ask(handle -> handle.createUpdate("""
            insert into bulk_run (id, query) select :id, :query where :most > (
              select count(*) from bulk_run where not is_over and seen_at > now() - %s)\
            """.formatted(MAX_SILENCE))
                        .bind("id", UUID.fromString(id))
                        .bind("query", query)
                        .bind("most", MAX_IN_FLIGHT)
                        .execute())
                > 0;
    }

    /** Stores the progress of a run. Returns whether the run may continue: it was not stopped or interrupted. */
    public boolean write(String id, String progress, boolean isOver) {
        return ask(handle -> handle.createQuery("""
            update bulk_run set progress = :progress, is_over = :over, seen_at = now()
            where id = :id and not is_over and seen_at > now() - %s returning not is_stopped\
            """.formatted(MAX_SILENCE))
                .bind("id", UUID.fromString(id))
                .bind("progress", progress)
                .bind("over", isOver)
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false));
    }

    /** Asks the coordinator of a run to stop it. */
    public void stop(String id) {
        var _ = ask(
                handle -> handle.execute("update bulk_run set is_stopped = true where id = ?", UUID.fromString(id)));
    }

    /** Returns the latest runs, the newest first. */
    public List<Row> latest() {
        return ask(handle -> handle.createQuery("""
            select id, query, progress, is_over, not is_over and seen_at <= now() - %s as is_interrupted
            from bulk_run order by began_at desc, id limit :most\
            """.formatted(MAX_SILENCE))
                .bind("most", MAX_LISTED)
                .map((row, _) -> new Row(
                        row.getString("id"),
                        row.getString("query"),
                        row.getString("progress"),
                        row.getBoolean("is_over"),
                        row.getBoolean("is_interrupted")))
                .list());
    }

    /**
     * Returns the results of a run: parked transactions first, then open ones. The audit has the results. The commit of
     * an operation includes its entry; a coordinator that is killed may lose the newest refused and unknown results.
     */
    public List<Result> results(String id) {
        return ask(handle -> handle.createQuery("""
            select a.gid, a.outcome, coalesce(o.state, f.state) as state, o.parked_at is not null as is_parked,
              o.parked_at >= b.began_at as is_again
            from bulk_run b cross join (
              select distinct on (gid) gid,
                case when after like 'REFUSED%' then 'refused' when after like 'UNKNOWN%' then 'unknown'
                  when after like '%unchanged' then 'unchanged' else 'done' end as outcome
              from audit_entry where request_id = :request and request_id like 'bulk-%' and gid <> ''
              order by gid, id desc) a
            left join open_transaction o on o.gid = a.gid
            left join finished_transaction f on f.gid = a.gid
            where b.id = :id order by o.parked_at is null, o.gid is null, a.gid\
            """)
                .bind("request", AuditRecord.BULK + id)
                .bind("id", UUID.fromString(id))
                .map((row, _) -> {
                    int state = row.getInt("state");
                    return new Result(
                            row.getString("gid"),
                            row.getString("outcome"),
                            state == 0 ? null : TransactionState.of(state),
                            row.getBoolean("is_parked"),
                            row.getBoolean("is_again"));
                })
                .list());
    }

    /** Removes runs that began more than 7 days ago. */
    public static void removeOld(Handle handle) {
        handle.execute("delete from bulk_run where began_at < now() - interval '7 days'");
    }
}

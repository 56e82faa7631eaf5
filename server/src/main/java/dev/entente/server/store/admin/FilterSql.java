package dev.entente.server.store.admin;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AliveLock;
import dev.entente.server.store.ParkedColumn;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitKind;
import dev.entente.server.store.WaitingColumn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** A filter as a condition with named parameters. Text from users is only in the parameters. */
final class FilterSql {
    /**
     * The code of the wait of an open row, 0 if its columns do not show the wait. The first match counts; the order is
     * the same wherever waits are determined.
     */
    private static final String KIND = """
        case
          when t.owner in (select c.incarnation from coordinator c where c.dead_at is not null
            or c.beat_at < now() - make_interval(secs => :lapsed) or %s) then %s
          when t.parked_at is not null then %s
          when t.owner is null and (t.held_back_by is not null or t.due_at < now() - make_interval(secs => %s)) then %s
          when t.state = %s and t.pattern = %s then %s
          when t.state = %s then %s
          when t.state = %s then %s
          when %s then %s
          else 0 end\
        """.formatted(
                    AliveLock.isFree("c.incarnation"),
                    WaitKind.DEAD_OWNER.code(),
                    WaitKind.PARKED.code(),
                    seconds(TransactionFilter.UNTAKEN_AFTER),
                    WaitKind.NO_CAPACITY.code(),
                    TransactionState.BEGUN.code(),
                    Pattern.MESSAGE.code(),
                    WaitKind.CHECK_BACK.code(),
                    TransactionState.BEGUN.code(),
                    WaitKind.CLIENT_DECISION.code(),
                    TransactionState.SCHEDULED.code(),
                    WaitKind.START_TIME.code(),
                    WaitingColumn.AWAITS,
                    WaitKind.APPROVAL.code());

    /** The newest finished rows, in place of their table; {@link #newest} sets the range. */
    static final String NEWEST = """
        (select * from finished_transaction where finished_at > :newestAfter and finished_at <= :newestUntil
        order by finished_at desc limit :newestMost) t\
        """;

    private static final Duration CLOCK_STEP = Duration.ofMinutes(1);

    private final List<String> conditions = new ArrayList<>(List.of("true"));
    private final Map<String, Object> parameters = new HashMap<>();

    private FilterSql() {}

    static FilterSql ofOpen(TransactionFilter filter) {
        FilterSql sql = common(filter);
        if (filter.isParked()) {
            sql.conditions.add("t.parked_at is not null");
        }
        if (filter.isOverdue()) {
            sql.conditions.add("t.owner is null and t.due_at < now()");
        }
        if (filter.isAwaitingApproval()) {
            sql.conditions.add(WaitingColumn.AWAITS);
        }
        if (filter.searchesAwaited()) {
            // A subquery is hashed with every plan, a comparison with an array is not.
            sql.and(
                    "(t.gid in (select unnest(cast(:held as text[]))) or " + WaitingColumn.AWAITS_PARTICIPANT
                            + " or (t.owner is null and t.held_back_by = :participant))",
                    "participant",
                    filter.participant());
            sql.parameters.put("held", filter.waits().held().toArray(new String[0]));
        }
        sql.waits(filter.waits());
        return sql;
    }

    private void waits(TransactionFilter.Waits waits) {
        if (!waits.kinds().isEmpty()) {
            and(KIND + " in " + codes(kinds(waits.kinds())), "lapsed", seconds(waits.lapsedAfter()));
        }
        if (!waits.reasons().isEmpty()) {
            conditions.add("t.parked_at is not null");
            // The names are constants of this program.
            conditions.add("split_part(t.parked_reason, ':', 1) in "
                    + waits.reasons().stream()
                            .map(reason -> "'" + reason.name() + "'")
                            .collect(inParentheses()));
        }
        if (!waits.error().isEmpty()) {
            conditions.add("t.parked_at is not null");
            and(ParkedColumn.ERROR + " = :parkError", "parkError", waits.error());
        }
    }

    /** Returns the codes of these kinds in {@link #KIND}. */
    private static List<Integer> kinds(Set<WaitKind> kinds) {
        return kinds.stream()
                .map(kind -> kind.isInTable() ? kind.code() : 0)
                .distinct()
                .toList();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }

    static FilterSql ofFinished(TransactionFilter filter) {
        FilterSql sql = common(filter);
        if (filter.createdAfter() != null) {
            // The finish time has an index, the creation time has none.
            sql.and("t.finished_at > :endedAfter", "endedAfter", endedAfter(filter));
        }
        return sql;
    }

    /** Returns the time after which all matches have finished. The database's clock may have been set back. */
    static Instant endedAfter(TransactionFilter filter) {
        return filter.createdAfter() == null
                ? Instant.EPOCH
                : filter.createdAfter().minus(CLOCK_STEP);
    }

    /** Excludes transactions that finished before the edge, if there is one. */
    void downTo(@Nullable Instant edge) {
        if (edge != null) {
            and("t.finished_at >= :edge", "edge", edge);
        }
    }

    /**
     * Sets the range of {@link #NEWEST}.
     *
     * @param after the finish time, exclusive
     * @param until the finish time, inclusive
     */
    void newest(int most, Instant after, Instant until) {
        parameters.put("newestMost", most);
        parameters.put("newestUntil", until);
        parameters.put("newestAfter", after);
    }

    private static FilterSql common(TransactionFilter filter) {
        FilterSql sql = new FilterSql();
        if (!filter.states().isEmpty()) {
            sql.conditions.add("t.state in "
                    + codes(filter.states().stream().map(TransactionState::code).toList()));
        }
        if (!filter.patterns().isEmpty()) {
            sql.conditions.add("t.pattern in "
                    + codes(filter.patterns().stream().map(Pattern::code).toList()));
        }
        if (!filter.name().isEmpty()) {
            sql.and("t.name = :name", "name", filter.name());
        }
        if (filter.createdAfter() != null) {
            sql.and("t.created_at > :createdAfter", "createdAfter", filter.createdAfter());
        }
        if (filter.createdBefore() != null) {
            sql.and("t.created_at < :createdBefore", "createdBefore", filter.createdBefore());
        }
        if (!filter.gidPrefix().isEmpty()) {
            // A range can use the key, starts_with cannot.
            sql.and("t.gid >= :prefix", "prefix", filter.gidPrefix());
            sql.and("t.gid < :prefixEnd", "prefixEnd", filter.gidPrefix() + Character.MAX_VALUE);
        }
        if (!filter.gids().isEmpty()) {
            sql.and(
                    "t.gid = any (cast(:chosen as text[]))",
                    "chosen",
                    filter.gids().toArray(new String[0]));
        }
        Duration olderThan = filter.waits().olderThan();
        if (olderThan != null) {
            sql.and("t.created_at < now() - make_interval(secs => :age)", "age", seconds(olderThan));
        }
        sql.labels(filter.labels());
        return sql;
    }

    private void labels(Map<String, String> labels) {
        int number = 0;
        for (Map.Entry<String, String> label : labels.entrySet()) {
            number++;
            conditions.add(
                    "t.gid in (select l.gid from transaction_label l where l.key = :key%s and l.value = :value%s)"
                            .formatted(number, number));
            parameters.put("key" + number, label.getKey());
            parameters.put("value" + number, label.getValue());
        }
    }

    void and(String condition, String name, Object value) {
        conditions.add(condition);
        parameters.put(name, value);
    }

    private static String codes(List<Integer> codes) {
        return codes.stream().map(String::valueOf).collect(inParentheses());
    }

    private static Collector<CharSequence, ?, String> inParentheses() {
        return Collectors.joining(", ", "(", ")");
    }

    String condition() {
        return String.join(" and ", conditions);
    }

    <S extends SqlStatement<S>> S bind(S statement) {
        return statement.bindMap(parameters);
    }
}

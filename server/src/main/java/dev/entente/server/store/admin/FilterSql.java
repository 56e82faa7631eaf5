package dev.entente.server.store.admin;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitingColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.statement.SqlStatement;

/** A filter as a condition with named parameters; what users typed goes into the parameters only. */
final class FilterSql {
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
        if (!filter.participant().isEmpty()) {
            sql.and("t.waiting_on in (:participant, :beside)", "participant", filter.participant());
            sql.parameters.put("beside", WaitingColumn.beside(filter.participant()));
        }
        return sql;
    }

    static FilterSql ofFinished(TransactionFilter filter) {
        return common(filter);
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
            // A range and not starts_with, for a range can use the key.
            sql.and("t.gid >= :prefix", "prefix", filter.gidPrefix());
            sql.and("t.gid < :prefixEnd", "prefixEnd", filter.gidPrefix() + Character.MAX_VALUE);
        }
        sql.labels(filter.labels());
        return sql;
    }

    private void labels(Map<String, String> labels) {
        int number = 0;
        for (Map.Entry<String, String> label : labels.entrySet()) {
            number++;
            conditions.add(
                    "t.gid in (select l.gid from transaction_label l where l.key = :key%d and l.value = :value%d)"
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
        return "(" + String.join(", ", codes.stream().map(String::valueOf).toList()) + ")";
    }

    String condition() {
        return String.join(" and ", conditions);
    }

    <S extends SqlStatement<S>> S bind(S statement) {
        return statement.bindMap(parameters);
    }
}

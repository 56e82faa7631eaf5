package dev.entente.simulation.world;

import dev.entente.server.store.OwnedRow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The view of a coordinator that checks its rows only once. A row that was being sent again during the check is never
 * seen again.
 */
public final class SingleCheck {
    private final Map<String, Integer> sending = new HashMap<>();
    private final Set<String> passedOver = new HashSet<>();

    /** Marks that transaction as being sent until the accept is answered. */
    public <T> CompletableFuture<T> during(String gid, CompletableFuture<T> accept) {
        sending.merge(gid, 1, Integer::sum);
        return accept.whenComplete((_, _) -> sending.merge(gid, -1, Integer::sum));
    }

    public List<OwnedRow> left(List<OwnedRow> rows) {
        rows.stream()
                .map(OwnedRow::gid)
                .filter(gid -> sending.getOrDefault(gid, 0) > 0)
                .forEach(passedOver::add);
        return rows.stream().filter(row -> !passedOver.contains(row.gid())).toList();
    }
}

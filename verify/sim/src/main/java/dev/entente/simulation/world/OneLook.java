package dev.entente.simulation.world;

import dev.entente.server.store.OwnedRow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The view of a coordinator that looks but once. It never again sees a row that it passed over because that was being
 * sent again.
 */
public final class OneLook {
    private final Map<String, Integer> sending = new HashMap<>();
    private final Set<String> passedOver = new HashSet<>();

    /** That transaction is being sent until this is answered. */
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

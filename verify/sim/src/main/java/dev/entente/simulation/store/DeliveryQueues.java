package dev.entente.simulation.store;

import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.Predecessor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The order of deliveries. */
public final class DeliveryQueues {
    /** The last delivery of each ordering key and receiver. */
    private final Map<String, Predecessor> last = new HashMap<>();

    private final Map<String, Predecessor> ahead = new HashMap<>();
    private final Map<String, Set<String>> behind = new HashMap<>();

    /** Queues the deliveries, as the real store does in the write that accepts. */
    void queueUp(NewTransaction transaction) {
        for (NewTransaction.Queue queue : transaction.queues()) {
            Predecessor before = last.put(queue.name(), new Predecessor(transaction.gid(), queue.delivery(), null));
            if (before != null) {
                ahead.put(transaction.gid() + " " + queue.delivery(), before);
                behind.computeIfAbsent(before.gid(), _ -> new TreeSet<>()).add(transaction.gid());
            }
        }
    }

    /** Returns the messages that have a delivery directly after one of that message. */
    Set<String> behind(String gid) {
        return behind.getOrDefault(gid, Set.of());
    }

    /** Returns the delivery directly before that one, without its row; null if there never was one. */
    @Nullable
    Predecessor ahead(String gid, String delivery) {
        return ahead.get(gid + " " + delivery);
    }
}

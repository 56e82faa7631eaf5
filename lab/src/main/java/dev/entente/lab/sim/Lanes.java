package dev.entente.lab.sim;

import dev.entente.server.store.Ahead;
import dev.entente.server.store.NewTransaction;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The order of deliveries. */
final class Lanes {
    /** The last delivery of each lane. */
    private final Map<String, Ahead> last = new HashMap<>();

    private final Map<String, Ahead> ahead = new HashMap<>();

    /** As the real store does in the write that accepts. */
    void queueUp(NewTransaction transaction) {
        for (NewTransaction.Lane lane : transaction.lanes()) {
            Ahead before = last.put(lane.name(), new Ahead(transaction.gid(), lane.delivery(), null));
            if (before != null) {
                ahead.put(transaction.gid() + " " + lane.delivery(), before);
            }
        }
    }

    /** Returns the delivery before that one, without its row; null if there never was one. */
    @Nullable
    Ahead ahead(String gid, String delivery) {
        return ahead.get(gid + " " + delivery);
    }
}

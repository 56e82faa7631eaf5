package dev.entente.simulation;

import dev.entente.core.decision.Act;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Keeps which transactions an operator has parked, so that no call of them may leave before an operator lets them go
 * on.
 */
final class ParkPromises {
    /** Acts that may yet be carried out, by transaction. */
    private final Map<String, Integer> underWay = new HashMap<>();

    /** Transactions with a park under way and no other act since. They must be parked, whatever comes first. */
    private final Set<String> alone = new HashSet<>();

    private final Set<String> parked = new HashSet<>();

    boolean holds(String gid) {
        return parked.contains(gid);
    }

    void asked(String gid, Act act) {
        boolean isFirst = underWay.merge(gid, 1, Integer::sum) == 1;
        if (act instanceof Act.Park && isFirst) {
            alone.add(gid);
        } else {
            alone.remove(gid);
        }
        if (!(act instanceof Act.Park)) {
            parked.remove(gid);
        }
    }

    /**
     * An act that nobody answered may be carried out at any time: it stays under way, and nothing is promised any more.
     */
    void answered(String gid, Act act, boolean isDone, boolean isRefused) {
        if (isDone || isRefused) {
            underWay.merge(gid, -1, Integer::sum);
        }
        if (act instanceof Act.Park && alone.remove(gid) && isDone) {
            parked.add(gid);
        }
    }

    /** Commits may be lost. */
    void forget() {
        alone.clear();
        parked.clear();
    }
}

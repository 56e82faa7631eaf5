package dev.entente.faults.load;

import dev.entente.faults.check.Standing;
import dev.entente.faults.check.Told;
import dev.entente.faults.check.Told.What;
import dev.entente.v1.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Writes down what clients were told, and when. Thread-safe. */
public final class Witness {
    private final Collection<Told> told = new ConcurrentLinkedQueue<>();

    Witness() {}

    /** Now, as told exchanges are timed: milliseconds since the epoch. */
    static long now() {
        return System.currentTimeMillis();
    }

    void heard(String gid, long askedAt, What what, Standing standing) {
        told.add(new Told(gid, askedAt, now(), what, standing));
    }

    /** What leaves now; nobody has answered yet. */
    void sent(String gid, What what) {
        heard(gid, now(), what, Standing.OPEN);
    }

    /** Everything so far. */
    public List<Told> told() {
        return List.copyOf(told);
    }

    /** How that says it stands. */
    public static Standing standing(Transaction transaction) {
        return switch (transaction.getState()) {
            case SUCCEEDED -> Standing.SUCCEEDED;
            case ABORTED -> Standing.ABORTED;
            case GIVEN_UP -> Standing.GIVEN_UP;
            case STATE_UNSPECIFIED, BEGUN, SCHEDULED, RUNNING, COMPLETING, UNDOING, UNRECOGNIZED ->
                transaction.hasParked() ? Standing.PARKED : Standing.OPEN;
        };
    }
}

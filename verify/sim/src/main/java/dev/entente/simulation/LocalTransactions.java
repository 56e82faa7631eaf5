package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.simulation.mutant.Mutant;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The database of the clients that begin messages. Each message has a mark with its local transaction's result. */
final class LocalTransactions {
    private final Map<String, Mark> marks = new HashMap<>();
    private final Mutant mutant;

    LocalTransactions(Mutant mutant) {
        this.mutant = mutant;
    }

    private enum Mark {
        HELD,
        COMMITTED,
        ROLLED_BACK
    }

    /** Writes the mark of a local transaction. Returns false if a check was already answered with a refusal. */
    boolean begin(String gid) {
        return marks.putIfAbsent(gid, Mark.HELD) == null;
    }

    void commit(String gid) {
        marks.put(gid, Mark.COMMITTED);
    }

    void rollBack(String gid) {
        marks.remove(gid);
    }

    boolean isCommitted(String gid) {
        return marks.get(gid) == Mark.COMMITTED;
    }

    /** Stores the mark before a refusal is answered, so that the local transaction can no longer commit. */
    Outcome check(String gid) {
        Mark mark = mutant == Mutant.LATE_LOCAL_COMMIT ? marks.get(gid) : marks.putIfAbsent(gid, Mark.ROLLED_BACK);
        return switch (mark) {
            case HELD -> new Outcome.InProgress("it still runs", Duration.ofMillis(300));
            case COMMITTED -> new Outcome.Succeeded(ByteString.EMPTY);
            case ROLLED_BACK -> new Outcome.Rejected("rolled back", true);
            case null -> new Outcome.Rejected("rolled back", true);
        };
    }
}

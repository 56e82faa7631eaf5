package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.simulation.mutant.Mutant;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The database of those who begin messages: of each message the mark that says what became of its local transaction.
 */
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

    /** The local transaction writes its mark; not, if somebody was told that it was rolled back. */
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

    /** A no is made true before it is said. */
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

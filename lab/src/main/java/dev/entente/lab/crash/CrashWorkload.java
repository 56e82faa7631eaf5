package dev.entente.lab.crash;

import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.StoredTransactions;
import dev.entente.rig.Victim;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** The work of clients while processes are killed, and the conditions that the databases must meet afterwards. */
public interface CrashWorkload {
    /** All gids of its transactions start so, and no others do. */
    String gids();

    /** Makes databases and processes ready. Blocks. */
    default void prepare() throws Exception {}

    /** The next operation. Called by many clients at once. */
    CrashJob next();

    /** How many clients do one operation after another. */
    default int clients() {
        return 150;
    }

    /**
     * How much is unfinished, by the databases: by default the coordinator's open transactions. Also asked while the
     * coordinator is dead. Blocks.
     */
    default long open(RigCoordinator coordinator) throws SQLException {
        return coordinator.open().total();
    }

    /**
     * The interval, in kills, of those that come right after a decision became durable, before its first completion or
     * undo leaves. 0 is never, for patterns without decisions.
     */
    default int decisionKillEvery() {
        return 3;
    }

    /** Returns the other processes to kill: one of them, seeded, with or after each kill of the coordinator. */
    default List<Victim> victims() {
        return List.of();
    }

    /** Called when clients have stopped: blocks until whatever they set off has ended, or for {@code limit}. */
    default void settle(Duration limit) throws Exception {}

    /**
     * Claims about those transactions of {@link #gids} that no client set off, but a participant: what follows from
     * others. The coordinator has them.
     */
    default List<Claim> consequences(StoredTransactions stored) {
        return List.of();
    }

    /** Returns the conditions that must hold now, beyond the agreement of ends and ledgers. Blocks. */
    List<Invariant> invariants() throws Exception;
}

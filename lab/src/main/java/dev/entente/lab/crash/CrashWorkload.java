package dev.entente.lab.crash;

import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.machine.LabCoordinator;
import dev.entente.lab.machine.StoredTransactions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** What clients do, again and again, while processes are killed, and what must be true of the databases afterwards. */
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
    default long open(LabCoordinator coordinator) throws SQLException {
        return coordinator.open().total();
    }

    /**
     * Every so many kills, the coordinator dies right after a decision became durable, before the first completion or
     * undo leaves; 0 = never, for patterns without decisions.
     */
    default int decisionKillEvery() {
        return 3;
    }

    /** Who else is killed: one of them, seeded, with or after each kill of the coordinator. */
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

    /** What must be true now, beyond that ends agree with ledgers. Blocks. */
    List<Invariant> invariants() throws Exception;
}

package dev.entente.server.engine;

import dev.entente.core.decision.Decide;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;

/**
 * The dependencies of each transaction in memory.
 *
 * @param parkLog logs parked transactions for operators
 */
record MailboxPorts(
        Decide decider,
        TransactionStore store,
        Rows rows,
        EngineEnvironment environment,
        ParkLog parkLog,
        Calls calls,
        Host host) {

    /**
     * The dependencies of the calls of a transaction in memory.
     *
     * @param children accepts transactions that are branches of others
     */
    record Calls(Lease lease, Participants participants, ParticipantShares shares, Children children) {}

    /** The engine around a transaction in memory. Thread-safe. */
    interface Host {
        /** Keeps a listener of a transaction that leaves memory. */
        void keep(String gid, Listener listener);

        /** Notifies the mailbox when that delivery is first in its queue. */
        void awaitPosition(Mailbox mailbox, int branch);

        /** Receives a transaction after a durable change. */
        void moved(GlobalTransaction transaction);

        /** Parks the row unchanged, for that cause. */
        void park(String gid, Throwable cause);

        /** Removes a closed mailbox. */
        void closed(Mailbox mailbox);

        /** Records that an owned row may have no mailbox. */
        void noteOrphans();
    }
}

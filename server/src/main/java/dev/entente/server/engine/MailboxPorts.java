package dev.entente.server.engine;

import dev.entente.core.decision.Decide;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;

/**
 * What each transaction in memory uses.
 *
 * @param parkLog tells people of those that are parked
 */
record MailboxPorts(
        Decide decider, TransactionStore store, Rows rows, World world, ParkLog parkLog, Calls calls, Host host) {

    /**
     * What the calls of a transaction in memory use.
     *
     * @param children has transactions accepted that are steps of others
     */
    record Calls(Lease lease, Participants participants, ParticipantShares shares, Children children) {}

    /** The engine around a transaction in memory. Thread-safe. */
    interface Host {
        /** Keeps a listener of a transaction that leaves memory. */
        void keep(String gid, Listener listener);

        /** Tells the mailbox when it is that delivery's turn. */
        void awaitTurn(Mailbox mailbox, int branch);

        /** Something of that transaction has become durable. */
        void moved(GlobalTransaction transaction);

        /** Parks the row as it stands, for that cause. */
        void park(String gid, Throwable cause);

        /** The mailbox is closed. */
        void closed(Mailbox mailbox);

        /** A row may be ours though nobody holds it. */
        void suspect();
    }
}

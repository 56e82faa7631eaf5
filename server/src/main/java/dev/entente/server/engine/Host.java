package dev.entente.server.engine;

import dev.entente.core.decision.Decide;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;
import java.util.concurrent.CompletableFuture;

/** The engine as a mailbox sees it: its books, its way out for calls, and who takes on what it cannot keep. */
interface Host {
    Books books();

    Departures departures();

    /** The mailbox is closed: forget it. */
    void closed(Mailbox mailbox);

    /** An act that found the row changed, or the mailbox gone: look at the row again. */
    void redirect(String gid, PendingAct ask);

    /** Somebody who looked at what is not held here: the row itself answers. */
    void lookAgain(String gid, CompletableFuture<Snapshot> answer);

    /** Somebody listens to a transaction that has left memory. */
    void listenOutside(String gid, Listener listener);

    /**
     * A defect stopped the transaction, and no write of it is under way: it is to be parked as it stands in its row.
     */
    void stopped(String gid, Throwable defect);

    /** A row may still be ours though its mailbox gave it up. */
    void strayed();

    /** Decides and writes down what becomes of a transaction. */
    record Books(
            Decide decider, TransactionStore store, Rows rows, World world, DeliveryOrder order, ParkLog parkLog) {}

    /** Lets calls leave, to participants or as transactions of their own. */
    record Departures(
            Participants participants,
            Children children,
            Lease lease,
            ParticipantShares shares,
            TransactionStore store,
            World world) {}
}

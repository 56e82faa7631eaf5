package dev.entente.server.engine;

import dev.entente.server.decision.Decide;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.GlobalTransaction;
import java.util.concurrent.CompletableFuture;

/** What a mailbox needs of the engine around it. */
interface Host {
    Decide decider();

    TransactionStore store();

    Participants participants();

    Lease lease();

    World world();

    /** The mailbox is closed: forget it. */
    void closed(Mailbox mailbox);

    /** An act that found the row changed, or the mailbox gone: look at the row again. */
    void redirect(String gid, Ask ask);

    /** Somebody who looked at a row that turned out to be held by nobody here. */
    void lookAgain(String gid, CompletableFuture<Snapshot> answer);

    /** Somebody waits for the end of a transaction that has left memory. */
    void waitOutside(String gid, Mailbox.Waiting waiting);

    /** A defect stopped the transaction: it is parked as it stands in its row. */
    void stopped(GlobalTransaction transaction, Throwable defect);
}

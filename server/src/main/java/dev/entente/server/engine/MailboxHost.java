package dev.entente.server.engine;

import dev.entente.core.transaction.GlobalTransaction;

/** The engine around a transaction in memory. Thread-safe. */
interface MailboxHost {
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

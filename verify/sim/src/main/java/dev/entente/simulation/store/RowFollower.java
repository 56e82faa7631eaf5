package dev.entente.simulation.store;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;

/** Observes durable changes at the moment they become durable. The default methods do nothing. */
public interface RowFollower {
    /** An incarnation requests the accept of a row. */
    default void asked(long incarnation, String gid) {}

    default void accepted(OpenRow row) {}

    /** A new branch is in the row's plan. */
    default void registered(OpenRow row) {}

    default void claimed(long incarnation, OpenRow before) {}

    default void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after) {}

    default void failedOver(String gid) {}
}

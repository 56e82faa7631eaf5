package dev.entente.simulation.store;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;

/** Sees what becomes durable, at the moment at which it does. Looks away by default. */
public interface RowFollower {
    /** An incarnation asks for a row to be accepted. */
    default void asked(long incarnation, String gid) {}

    default void accepted(OpenRow row) {}

    /** A branch stands in its plan that did not before. */
    default void registered(OpenRow row) {}

    default void claimed(long incarnation, OpenRow before) {}

    default void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after) {}

    default void failedOver(String gid) {}
}

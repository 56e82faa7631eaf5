package dev.entente.simulation.store;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;

/** Somebody who sees what becomes durable, at the moment at which it does. */
public interface RowFollower {
    /** Looks away. */
    RowFollower NOBODY = new RowFollower() {
        @Override
        public void asked(long incarnation, String gid) {}

        @Override
        public void accepted(OpenRow row) {}

        @Override
        public void registered(OpenRow row) {}

        @Override
        public void claimed(long incarnation, OpenRow before) {}

        @Override
        public void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after) {}

        @Override
        public void failedOver(String gid) {}
    };

    /** An incarnation asks for a row to be accepted. */
    void asked(long incarnation, String gid);

    void accepted(OpenRow row);

    /** A branch stands in its plan that did not before. */
    void registered(OpenRow row);

    void claimed(long incarnation, OpenRow before);

    void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after);

    void failedOver(String gid);
}

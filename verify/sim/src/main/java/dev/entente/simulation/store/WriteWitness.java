package dev.entente.simulation.store;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;

/** Sees each write that changes a row, and the row before it. */
@FunctionalInterface
public interface WriteWitness {
    void accept(long incarnation, RowWrite write, OpenRow before);
}

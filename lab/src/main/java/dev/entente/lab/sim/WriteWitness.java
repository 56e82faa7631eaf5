package dev.entente.lab.sim;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;

/** Sees each write that changes a row, and the row before it. */
@FunctionalInterface
interface WriteWitness {
    void accept(long incarnation, RowWrite write, OpenRow before);
}

package dev.entente.bench.peer;

import java.sql.SQLException;

/** The stored state of a hand-written saga. Each method blocks until its change is committed. Thread-safe. */
interface SagaTable {
    /** Creates the tables if they are not there. */
    void create() throws SQLException;

    /** The saga is accepted, with two steps to do. */
    void accepted(String gid, byte[] plan) throws SQLException;

    /** Step {@code step}, 0 or 1, is done. */
    void stepDone(String gid, int step) throws SQLException;

    /** The saga is over. */
    void succeeded(String gid) throws SQLException;
}

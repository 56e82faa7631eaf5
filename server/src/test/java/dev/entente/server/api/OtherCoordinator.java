package dev.entente.server.api;

import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.store.Database;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.writer.Incarnations;

/** A coordinator that is registered in the table and does nothing. Coordinators with a long lease see it as alive. */
final class OtherCoordinator implements AutoCloseable {
    final long incarnation;
    private final LocalCoordinator asked;
    private final Database database;
    private final Incarnations registered;

    /** @param address the address in the table */
    OtherCoordinator(LocalCoordinator asked, String node, String address) {
        this.asked = asked;
        database = Database.of(asked.database);
        registered =
                Incarnations.register(database, new Failover(database).settle(), node, address, "test", Runnable::run);
        incarnation = registered.incarnation();
    }

    /** Makes this coordinator the owner of a scheduled transaction. */
    void takeOwnership(String gid) {
        takeOwnership(asked, gid, incarnation);
    }

    /** Makes that incarnation, which need not exist, the owner of a scheduled transaction. */
    static void takeOwnership(LocalCoordinator asked, String gid, long incarnation) {
        await().until(() ->
                asked.number("select count(*) from open_transaction where owner is null and gid = '" + gid + "'") == 1);
        asked.execute(
                "update open_transaction set owner = " + incarnation + ", due_at = null where gid = '" + gid + "'");
    }

    @Override
    public void close() {
        registered.close();
        database.close();
    }
}

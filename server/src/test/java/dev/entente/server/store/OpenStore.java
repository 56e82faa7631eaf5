package dev.entente.server.store;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The store of one coordinator, on a database of its own with the schema. */
public final class OpenStore implements AutoCloseable {
    public final Database database;
    public final Incarnations incarnation;
    public final PostgresTransactionStore store;

    public OpenStore() {
        this(TestDatabase.migrated(), Metrics.none());
    }

    /** @param database closed with it */
    public OpenStore(Database database, Metrics metrics) {
        ClusterIdentity cluster = new Failover(database).settle();
        this.database = database;
        this.incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        this.store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, metrics, () -> {});
    }

    public static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        store.close();
        incarnation.close();
        database.close();
    }
}

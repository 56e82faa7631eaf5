package dev.entente.server.store;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The store of one coordinator, on its own database with the schema. */
public final class OpenStore implements AutoCloseable {
    public final Database database;
    public final ClusterIdentity cluster;
    public final Incarnations incarnation;
    public final PostgresTransactionStore store;

    public OpenStore() {
        this(TestDatabase.migrated(), Metrics.none());
    }

    /** @param database the database, closed with the store */
    public OpenStore(Database database, Metrics metrics) {
        this(database, "n1", metrics);
    }

    /** Opens the store of another coordinator of a database. */
    public OpenStore(Database database, String node, Metrics metrics) {
        this.database = database;
        this.cluster = new Failover(database).settle();
        this.incarnation = register(database, node);
        this.store = PostgresTransactionStore.open(database, cluster, incarnation, Runnable::run, metrics, () -> {});
    }

    public static Incarnations register(Database database, String node) {
        return Incarnations.register(
                database, new Failover(database).settle(), node, "localhost:1", "test", Runnable::run);
    }

    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
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

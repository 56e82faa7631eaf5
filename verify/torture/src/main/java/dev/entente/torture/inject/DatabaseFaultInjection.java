package dev.entente.torture.inject;

import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Filter;
import dev.entente.rig.SqlDatabase;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.PostgresPair;
import dev.entente.torture.machine.TortureRig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The faults of the coordinators' database. All methods block. For one thread at a time. */
final class DatabaseFaultInjection {
    /** The bytes by which a table or the log can grow before the disk is full. */
    private static final List<Long> FULL_BYTES = List.of(16L * 1024, 512L * 1024, 4L * 1024 * 1024);
    /** More than the pool of a coordinator. */
    private static final int CROWD = 48;

    private final TortureRig rig;

    DatabaseFaultInjection(TortureRig rig) {
        this.rig = rig;
    }

    void fillDisk(int target, Duration lasts) throws Exception {
        PostgresPair postgres = rig.postgres();
        postgres.fillDisk(FULL_BYTES.get(target % FULL_BYTES.size()));
        try {
            Thread.sleep(lasts);
        } finally {
            postgres.freeDisk();
        }
    }

    void changeSchema() throws SQLException {
        for (String table : List.of("open_transaction", "finished_transaction")) {
            String change = "set lock_timeout = '5s'; alter table " + table;
            SqlDatabase database = rig.postgres().ask(TortureRig.COORDINATOR_DATABASE);
            database.change(change + " add column passing integer");
            database.change(change + " drop column passing");
        }
    }

    /** Locks a table, so that reads of finished transactions wait, and every finish, too. */
    void lock(Duration lasts) throws Exception {
        try (Connection connection = rig.postgres().connect(TortureRig.COORDINATOR_DATABASE);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("set local lock_timeout = '5s'");
            statement.execute("lock table finished_transaction in access exclusive mode");
            Thread.sleep(lasts);
            connection.rollback();
        }
    }

    /** Locks the table while many concurrent clients read it through one coordinator. */
    void takePool(CoordinatorNode node, Duration lasts) throws Exception {
        try (Entente entente = Entente.builder(node.lines().clients().address())
                        .callTimeout(lasts)
                        .retryFor(lasts)
                        .build();
                ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CROWD; i++) {
                crowd.execute(() -> list(entente));
            }
            lock(lasts);
        }
    }

    private static void list(Entente entente) {
        try {
            var _ = entente.transactions().list(Filter.all()).limit(1).count();
        } catch (EntenteException meant) {
            // The answer is not used.
        }
    }

    /** Takes nearly all connections of the server. */
    void takeConnections(Duration lasts) throws Exception {
        List<Connection> hoard = new ArrayList<>();
        try {
            for (int i = 0; i < PostgresPair.MAX_CONNECTIONS; i++) {
                hoard.add(rig.postgres().connect(TortureRig.COORDINATOR_DATABASE));
            }
        } catch (SQLException full) {
            // As intended.
        }
        try {
            Thread.sleep(lasts);
        } finally {
            for (Connection connection : hoard) {
                connection.close();
            }
        }
    }
}

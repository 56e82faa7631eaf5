package dev.entente.torture.machine;

import dev.entente.backends.LoopbackPorts;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.JavaCommand;
import dev.entente.rig.KillCycles;
import dev.entente.rig.Resources;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.RunFolder;
import dev.entente.rig.ServerJar;
import dev.entente.rig.SqlDatabase;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a run, with one temporary folder: the participants' PostgreSQL (without faults), the coordinators'
 * PostgreSQL and its standby, two ledgers, and the coordinators. A coordinator has a separate network link to each
 * other process, which the run can break. {@link #close} and Ctrl-C stop all processes. For thread safety see each
 * part.
 */
public final class TortureRig implements AutoCloseable {
    /** The participants' names. */
    public static final List<String> LEDGERS = List.of("east", "west");

    /** The coordinators' database. */
    public static final String COORDINATOR_DATABASE = "entente";

    /**
     * The number of open transactions for which a kill waits. It is more than the minimum, because some transactions
     * may finish between the count and the kill.
     */
    private static final long ENOUGH = 3 * KillCycles.OPEN_AT_LEAST;

    private static final int MIGRATION_SECONDS = 30;
    private static final int MIGRATION_TRIES = 4;

    private final RunFolder folder;
    private final Resources running = new Resources();
    private final List<Ledger> ledgers = new ArrayList<>();
    private final List<CoordinatorNode> nodes = new ArrayList<>();
    private final EmbeddedDatabase books;
    private final PostgresPair postgres;
    private final Optional<Path> clockLibrary;
    private final AtomicBoolean isUpgradeDue;
    private final Path next;

    private TortureRig(RunFolder folder, @Nullable Path previous, Path next) throws Exception {
        this.folder = running.keep(folder);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "close " + folder));
        Path participants = Files.createDirectories(folder.path().resolve("participants"));
        // A run of an hour must not fill the disk.
        books = running.keep(EmbeddedDatabase.start(participants, Map.of("max_wal_size", "256MB")));
        clockLibrary = Clock.library(folder.path());
        isUpgradeDue = new AtomicBoolean(previous != null);
        this.next = next;
        // Starts the parts concurrently: each needs seconds, and none needs another.
        try (ExecutorService starting = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Ledger>> started = LEDGERS.stream()
                    .map(name -> starting.submit(() -> running.keep(Ledger.create(name, books, folder.path()))))
                    .toList();
            postgres = running.keep(PostgresPair.create(folder.path()));
            postgres.primary().create(COORDINATOR_DATABASE);
            for (Future<Ledger> one : started) {
                ledgers.add(outcome(one));
            }
        }
    }

    private static Ledger outcome(Future<Ledger> started) throws Exception {
        try {
            return started.get();
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof Exception cause ? cause : failed;
        }
    }

    /**
     * Starts all parts. Blocks.
     *
     * @param options further configuration of each coordinator
     * @param previous an earlier server jar with which the coordinators start; or null
     */
    public static TortureRig open(int coordinators, Map<String, String> options, @Nullable Path previous)
            throws Exception {
        return open(coordinators, options, previous, ServerJar.find());
    }

    /**
     * Starts all parts as {@link #open(int, Map, Path)} does.
     *
     * @param next the server jar that {@link #upgrade} installs
     */
    public static TortureRig open(int coordinators, Map<String, String> options, @Nullable Path previous, Path next)
            throws Exception {
        TortureRig rig = new TortureRig(RunFolder.create("entente-torture-"), previous, next);
        try {
            for (int i = 1; i <= coordinators; i++) {
                CoordinatorNode node = rig.running.keep(rig.node("node-" + i, options));
                rig.nodes.add(node);
                if (previous != null) {
                    node.use(previous);
                }
            }
            for (CoordinatorNode node : rig.nodes) {
                node.startUntilReady(System.nanoTime());
            }
            return rig;
        } catch (Exception failed) {
            rig.keepFolder();
            rig.close();
            throw failed;
        }
    }

    private CoordinatorNode node(String name, Map<String, String> options) throws IOException {
        int port = LoopbackPorts.next();
        Map<String, Link> toLedgers = new TreeMap<>();
        Map<String, String> targets = new TreeMap<>();
        for (Ledger ledger : ledgers) {
            Link link = Link.to(ledger.port());
            toLedgers.put(ledger.name(), link);
            targets.put(ledger.name(), link.address());
            Link web = Link.to(ledger.webPort());
            toLedgers.put(Ledger.web(ledger.name()), web);
            targets.put(Ledger.web(ledger.name()), "http://" + web.address());
        }
        List<Link> databases = new ArrayList<>();
        for (int database : postgres.ports()) {
            databases.add(Link.to(database));
        }
        CoordinatorNode.Lines lines = new CoordinatorNode.Lines(Link.to(port), Link.to(port), databases, toLedgers);
        Map<String, String> all = new TreeMap<>(options);
        all.put("grpc.advertise", lines.peers().address());
        all.put("database.replication", "synchronous");
        all.put("approvals.approveOnExpiry", "true");
        all.put(
                "database.url",
                PostgresPair.url(databases.stream().map(Link::address).toList(), COORDINATOR_DATABASE));
        RigCoordinator coordinator = new RigCoordinator(
                books,
                new RigCoordinator.Settings(
                        ServerJar.find(), name, COORDINATOR_DATABASE, port, 0, targets, all, folder.path()));
        Clock clock = new Clock(folder.path().resolve(name + ".clock"), clockLibrary.orElse(null));
        return new CoordinatorNode(name, coordinator, lines, clock);
    }

    public List<CoordinatorNode> nodes() {
        return List.copyOf(nodes);
    }

    public List<Ledger> ledgers() {
        return List.copyOf(ledgers);
    }

    /** The coordinators' database. */
    public PostgresPair postgres() {
        return postgres;
    }

    /**
     * Returns the coordinators' unfinished transactions as a target of kills.
     *
     * @param ended the number of transactions that have finished according to their clients
     */
    public KillCycles.Target target(LongSupplier ended) {
        return new KillCycles.Target() {
            @Override
            public long ended() {
                return ended.getAsLong();
            }

            @Override
            public SqlDatabase database() {
                return postgres.ask(COORDINATOR_DATABASE);
            }

            @Override
            public long enough() {
                return ENOUGH;
            }
        };
    }

    /**
     * Migrates the database with the next server's program while an earlier one uses it. All following starts use the
     * next server. Blocks.
     *
     * @return false if the run did not begin with an earlier server, or has already upgraded
     */
    public boolean upgrade() throws IOException, InterruptedException {
        if (!isUpgradeDue.compareAndSet(true, false)) {
            return false;
        }
        int tries = 0;
        // Under load the migration may be the victim of a deadlock with a coordinator that locks the other table.
        while (!isMigrated()) {
            if (++tries == MIGRATION_TRIES) {
                throw new IllegalStateException("the database could not be migrated; the log: " + migrationLog());
            }
        }
        nodes.forEach(node -> node.use(next));
        return true;
    }

    private Path migrationLog() {
        return folder.path().resolve("migrate.log");
    }

    private boolean isMigrated() throws IOException, InterruptedException {
        Process migrate = new ProcessBuilder(
                        JavaCommand.java(),
                        "-jar",
                        next.toString(),
                        "migrate",
                        "--jdbc-url",
                        "jdbc:postgresql://127.0.0.1:" + postgres.primary().port() + "/" + COORDINATOR_DATABASE,
                        "--jdbc-user",
                        EmbeddedDatabase.USER)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(migrationLog().toFile()))
                .start();
        if (!migrate.waitFor(MIGRATION_SECONDS, TimeUnit.SECONDS)) {
            migrate.destroyForcibly().waitFor();
        }
        return migrate.exitValue() == 0;
    }

    /** Returns the folder of the logs. */
    public Path folder() {
        return folder.path();
    }

    /** Keeps the folder after {@link #close}. */
    public void keepFolder() {
        folder.keep();
    }

    @Override
    public void close() {
        running.close();
    }
}

package dev.entente.rig;

import dev.entente.demo.ShopService;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A database, participants and coordinators in one temporary folder. {@link #close}, which Ctrl-C also triggers, stops
 * them in reverse order and deletes the folder.
 */
public final class Playground implements AutoCloseable {
    /** The coordinators' database. */
    public static final String COORDINATOR_DATABASE = "entente";

    private final RunFolder folder;
    private final EmbeddedDatabase database;
    private final Resources running;
    private volatile boolean isClosing;

    private Playground(RunFolder folder, EmbeddedDatabase database, Resources running) {
        this.folder = folder;
        this.database = database;
        this.running = running;
    }

    /** Starts only the database server, with an empty database for coordinators. Blocks. */
    public static Playground open() throws IOException, SQLException {
        Resources running = new Resources();
        RunFolder folder = running.keep(RunFolder.create("entente-"));
        return open(running, folder, EmbeddedDatabase.start(folder.path()));
    }

    /**
     * Starts only the database server, on the data of an earlier run in that folder. The folder is kept. Blocks.
     *
     * @throws ChildFailure if another run uses the folder, or its database has another version of PostgreSQL
     */
    public static Playground lasting(Path data) throws IOException, SQLException, InterruptedException {
        DataFolder folder = DataFolder.open(data);
        try {
            return open(new Resources(), RunFolder.lasting(folder.path()), EmbeddedDatabase.start(folder));
        } catch (IOException | SQLException | RuntimeException failed) {
            folder.close();
            throw failed;
        }
    }

    private static Playground open(Resources running, RunFolder folder, EmbeddedDatabase database) throws SQLException {
        Playground playground = new Playground(folder, running.keep(database), running);
        Runtime.getRuntime().addShutdownHook(new Thread(playground::close, "close " + folder));
        database.createIfMissing(COORDINATOR_DATABASE);
        return playground;
    }

    /**
     * Starts these participants, one process per service.
     *
     * @param isForPeople whether each service listens on its usual port if that port is free
     */
    public Shop startShop(Set<ShopService> services, Set<ShopService> faulty, boolean isForPeople)
            throws IOException, InterruptedException {
        return running.keep(
                orLogs(() -> Shop.processPerService(database, folder.path(), services, faulty, isForPeople)));
    }

    /** Starts an external web hook. */
    public Receiver startReceiver() throws IOException, SQLException {
        return running.keep(Receiver.start(database, folder.path()));
    }

    /** Starts all participants in one process. */
    public Shop startSmallShop() throws IOException, InterruptedException {
        return running.keep(orLogs(() -> Shop.singleProcess(database, folder.path())));
    }

    /** Starts a coordinator on the given ports; 0 means any free port. */
    public RigCoordinator startCoordinator(
            String node, int grpcPort, int httpPort, Map<String, String> targets, Map<String, String> options)
            throws IOException, InterruptedException {
        RigCoordinator coordinator = running.keep(new RigCoordinator(
                database,
                new RigCoordinator.Settings(
                        ServerJar.find(),
                        node,
                        COORDINATOR_DATABASE,
                        grpcPort,
                        httpPort,
                        targets,
                        options,
                        folder.path())));
        orLogs(() -> coordinator.start(Map.of()));
        return coordinator;
    }

    /**
     * Starts another process of this class path. Blocks until it is ready.
     *
     * @param owner closes the process
     * @param name the name of the log file
     */
    public Worker startWorker(Resources owner, String name, Class<?> main, List<String> arguments)
            throws IOException, InterruptedException {
        Worker worker = owner.keep(Worker.launch(name, main, arguments, folder.path()));
        orLogs(worker::awaitReady);
        return worker;
    }

    /** Registers a resource that is closed before the resources that were registered earlier. */
    public <T extends AutoCloseable> T keep(T other) {
        return running.keep(other);
    }

    /** Keeps the folder after a failed start, because the failure names a log in it. */
    private <T> T orLogs(Start<T> start) throws IOException, InterruptedException {
        try {
            return start.start();
        } catch (ChildFailure failed) {
            keepFolder();
            throw failed;
        }
    }

    private interface Start<T> {
        T start() throws IOException, InterruptedException;
    }

    public EmbeddedDatabase database() {
        return database;
    }

    /** Returns the folder of the log files. */
    public Path folder() {
        return folder.path();
    }

    /** Keeps the folder with its logs when this is closed. */
    public void keepFolder() {
        folder.keep();
    }

    /** Returns whether this playground is closing, so that the end of a process is expected. */
    public boolean isClosing() {
        return isClosing;
    }

    @Override
    public void close() {
        isClosing = true;
        running.close();
    }
}

package dev.entente.lab.machine;

import dev.entente.demo.ShopService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A database, participants and coordinators in one temporary folder. Closed, also by Ctrl-C, it stops them in the
 * reverse order and deletes the folder.
 */
public final class Playground implements AutoCloseable {
    /** The coordinators' database. */
    public static final String COORDINATOR_DATABASE = "entente";

    private final Path folder;
    private final EmbeddedDatabase database;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private boolean keepsFolder;
    private volatile boolean isClosing;

    private Playground(Path folder, EmbeddedDatabase database) {
        this.folder = folder;
        this.database = database;
        running.push(database);
    }

    /** Starts the database alone, with an empty database for coordinators. Blocks. */
    public static Playground open() throws IOException, SQLException {
        Path folder = Files.createTempDirectory("entente-");
        Playground playground = new Playground(folder, EmbeddedDatabase.start(folder));
        Runtime.getRuntime().addShutdownHook(new Thread(playground::close, "close " + folder.getFileName()));
        playground.database.create(COORDINATOR_DATABASE);
        return playground;
    }

    /** Starts these participants, a process each. */
    public Shop startShop(Set<ShopService> services, Set<ShopService> liars) throws IOException, InterruptedException {
        return keep(orLogs(() -> Shop.processPerService(database, folder, services, liars)));
    }

    /** Starts somebody else's web hook. */
    public Receiver startReceiver() throws IOException, SQLException {
        return keep(Receiver.start(database, folder));
    }

    /** Starts the participants in one process. */
    public Shop startSmallShop() throws IOException, InterruptedException {
        return keep(orLogs(() -> Shop.singleProcess(database, folder)));
    }

    /** Starts a coordinator on free ports, or on those asked for. */
    public LabCoordinator startCoordinator(
            String node, int grpcPort, int httpPort, Map<String, String> targets, Map<String, String> options)
            throws IOException, InterruptedException {
        LabCoordinator coordinator = keep(new LabCoordinator(
                database,
                new LabCoordinator.Settings(
                        ServerJar.find(), node, COORDINATOR_DATABASE, grpcPort, httpPort, targets, options, folder)));
        orLogs(() -> coordinator.start(Map.of()));
        return coordinator;
    }

    /**
     * Starts another process of this class path. Blocks until it is ready.
     *
     * @param name of its log file
     */
    public Worker startWorker(String name, Class<?> main, List<String> arguments)
            throws IOException, InterruptedException {
        Worker worker = keep(Worker.launch(name, main, arguments, folder));
        orLogs(worker::awaitReady);
        return worker;
    }

    /** Tells what did not start with the name of its log, so the log is kept. */
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

    private synchronized <T extends AutoCloseable> T keep(T closeable) {
        running.push(closeable);
        return closeable;
    }

    public EmbeddedDatabase database() {
        return database;
    }

    /** Returns the folder of the log files. */
    public Path folder() {
        return folder;
    }

    /** Keeps the folder with its logs when this is closed. */
    public synchronized void keepFolder() {
        keepsFolder = true;
    }

    /** Tells whether a process that ends now was told to end. */
    public boolean isClosing() {
        return isClosing;
    }

    @Override
    public void close() {
        isClosing = true;
        stopAll();
    }

    private synchronized void stopAll() {
        List.copyOf(running).forEach(Playground::closeOne);
        running.clear();
        if (!keepsFolder) {
            delete(folder);
        }
    }

    private static void closeOne(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            System.err.println("could not stop " + closeable + ": " + e);
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(Playground::deleteOne);
        } catch (IOException | UncheckedIOException e) {
            System.err.println("could not delete " + folder + ": " + e);
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

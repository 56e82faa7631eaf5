package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Schema;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL of its own with one coordinator, of whose files a page can be overwritten. For one thread. */
public final class DamagedDatabase implements AutoCloseable {
    public static final int ROWS = 12;
    private static final int PAGE = 8192;

    private final Path folder;
    private EmbeddedPostgres server;
    private Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;

    DamagedDatabase(Path folder) throws IOException {
        this.folder = folder;
        copy(Migrated.DATA, folder.resolve("data"));
        server = started(folder.resolve("data"));
        database = open(server);
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = register(cluster);
        store = store(cluster);
    }

    /** Starts it, as long as that takes. What is damaged is read from files, whether or not they are on the disk. */
    private static EmbeddedPostgres started(Path data) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(LoopbackPorts.next())
                .setPGStartupWait(PatientAwaits.BOUND)
                .setServerConfig("fsync", "off")
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .start();
    }

    /** Keeps the files of a PostgreSQL with the schema. They are copied, which costs far less than making them. */
    private static final class Migrated {
        static final Path DATA = make();

        private static Path make() {
            try {
                Path folder = Files.createTempDirectory("entente-damaged");
                Path data = folder.resolve("data");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
                try (EmbeddedPostgres made = started(data);
                        Database database = open(made)) {
                    new Schema(database).migrate();
                }
                return data;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void delete(Path folder) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static Database open(EmbeddedPostgres server) {
        return Database.of(DatabaseSettings.of(server.getJdbcUrl("postgres", "postgres"), "postgres", "postgres"));
    }

    private Incarnations register(ClusterIdentity cluster) {
        return Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
    }

    private PostgresTransactionStore store(ClusterIdentity cluster) {
        return PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
    }

    public Database database() {
        return database;
    }

    public Incarnations incarnation() {
        return incarnation;
    }

    public PostgresTransactionStore store() {
        return store;
    }

    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    /** Random bytes, which no compression makes smaller. */
    public static ByteString large(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    public static String gid(int number) {
        return "g%02d".formatted(number);
    }

    /** Accepts {@link #ROWS} transactions with plans of that size. */
    public void accept(boolean isDue, int bytes) {
        for (int i = 0; i < ROWS; i++) {
            await(store.accept(new NewTransaction(
                    gid(i),
                    Pattern.SAGA,
                    TransactionState.RUNNING,
                    "large",
                    Map.of(),
                    isDue ? Duration.ZERO : null,
                    null,
                    1,
                    Rows.digest("g" + i),
                    large(i, bytes))));
        }
    }

    /** Text that is kept as it is, so that five rows fill a page. */
    public static String wide(int seed) {
        return HexFormat.of().formatHex(large(seed, 700).toByteArray());
    }

    /** Overwrites a page of the table's large values. */
    public void damageValues(String table) throws IOException {
        damage("(select reltoastrelid from pg_class where oid = '" + table + "'::regclass)");
    }

    /**
     * Overwrites the middle page of a table of at least three, on which some rows of {@link #ROWS} are.
     *
     * @return the gids of rows on it
     */
    public List<String> damageRows(String table) throws IOException {
        return damageRows(table, "gid");
    }

    /** @param column whose values are those of {@link #gid} */
    public List<String> damageRows(String table, String column) throws IOException {
        long pages = TestDatabase.number(database, "select pg_relation_size('" + table + "') / " + PAGE);
        assertThat(pages).isGreaterThan(2);
        List<String> lost = onPage(table, column, pages / 2);
        assertThat(lost).isNotEmpty().hasSizeLessThan(ROWS);
        damage("'" + table + "'::regclass");
        return lost;
    }

    /** Ends the server, overwrites the middle page, and starts the server and another coordinator. */
    public void damage(String relation) throws IOException {
        TestDatabase.execute(database, "checkpoint");
        Path file = file(relation);
        long pages = TestDatabase.number(database, "select pg_relation_size(" + relation + ") / " + PAGE);
        close();
        assertThat(Files.size(file)).isEqualTo(pages * PAGE);
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] garbage = new byte[PAGE];
            Arrays.fill(garbage, (byte) 0xA5);
            open.seek(pages / 2 * PAGE);
            open.write(garbage);
        }
        startAgain();
    }

    /**
     * Ends the server, removes the file that says which pages of the table have room, and starts the server and another
     * coordinator.
     */
    public void forgetFreeSpace(String table) throws IOException {
        Path file = file("'" + table + "'::regclass");
        close();
        Files.delete(file.resolveSibling(file.getFileName() + "_fsm"));
        startAgain();
    }

    private Path file(String relation) {
        long filenode = TestDatabase.number(database, "select pg_relation_filenode(" + relation + ")");
        long oid = TestDatabase.number(database, "select oid from pg_database where datname = current_database()");
        return folder.resolve("data/base/" + oid + "/" + filenode);
    }

    private void startAgain() throws IOException {
        server = started(folder.resolve("data"));
        database = open(server);
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = register(cluster);
        store = store(cluster);
    }

    private List<String> onPage(String table, String column, long page) {
        List<String> gids = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            String at = "select (ctid::text::point)[0] from " + table + " where " + column + " = '" + gid(i) + "'";
            if (TestDatabase.number(database, at) == page) {
                gids.add(gid(i));
            }
        }
        return gids;
    }

    /** Asks the database itself for rows whose value it cannot read. */
    public List<String> unreadable(String table, String column) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            try {
                TestDatabase.number(
                        database,
                        "select sum(length(md5(%s))) from %s where gid = '%s'".formatted(column, table, gid(i)));
            } catch (IllegalStateException e) {
                found.add(gid(i));
            }
        }
        assertThat(found).hasSizeBetween(1, 2);
        return found;
    }

    public static List<String> allBut(List<String> lost) {
        List<String> gids = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            gids.add(gid(i));
        }
        gids.removeAll(lost);
        return gids;
    }

    @Override
    public void close() throws IOException {
        store.close();
        incarnation.close();
        database.close();
        server.close();
    }
}

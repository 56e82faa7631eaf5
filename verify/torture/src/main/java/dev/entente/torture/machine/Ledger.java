package dev.entente.torture.machine;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.LoopbackPorts;
import dev.entente.participant.Barrier;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.JavaCommand;
import dev.entente.rig.Readiness;
import dev.entente.rig.SqlDatabase;
import dev.entente.torture.participant.LedgerMain;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import torture.v1.Behaviour;
import torture.v1.LedgerServiceGrpc;

/** A participant's process and its database. Only one thread at a time may kill and start the process. */
public final class Ledger implements AutoCloseable {
    /** The number of accounts per ledger. */
    public static final int ACCOUNTS = 64;
    /** The opening balance of each account. */
    public static final long OPENING_CENTS = 1_000_000_000;

    private static final long BEHAVE_SECONDS = 20;

    private final String name;
    private final EmbeddedDatabase server;
    private final Path folder;
    private final int port = LoopbackPorts.next();
    private final int webPort = LoopbackPorts.next();
    private @Nullable ChildProcess process;

    private Ledger(String name, EmbeddedDatabase server, Path folder) {
        this.name = name;
        this.server = server;
        this.folder = folder;
    }

    /** Makes the database and starts the process, with other ports if the first start fails. Blocks. */
    static Ledger create(String name, EmbeddedDatabase database, Path folder) throws Exception {
        database.create(name);
        Ledger ledger = new Ledger(name, database, folder);
        ledger.makeTables();
        try {
            ledger.start();
            return ledger;
        } catch (ChildFailure taken) {
            // Another process may bind the port after its choice.
            Ledger another = new Ledger(name, database, folder);
            another.start();
            return another;
        }
    }

    /** Returns the database, for a client with transactions of its own in it. */
    public SqlDatabase database() {
        return server.ask(name);
    }

    private void makeTables() throws SQLException, IOException {
        try (InputStream sql = Ledger.class.getResourceAsStream("/torture/tables.sql")) {
            if (sql == null) {
                throw new IllegalStateException("missing on the class path: /torture/tables.sql");
            }
            database().change(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
        }
        database()
                .change(
                        "insert into account (id, cents) select 'a-' || i, ? from generate_series(0, ?) i",
                        OPENING_CENTS,
                        ACCOUNTS - 1);
        Barrier.postgres().createTable(database().dataSource());
    }

    /** Starts the process on its fixed port. Blocks until the process has answered a call. */
    public void start() throws IOException, InterruptedException {
        List<String> arguments = List.of(
                "--port", Integer.toString(port),
                "--web-port", Integer.toString(webPort),
                "--jdbc", server.url(name),
                "--calls", calls().toString());
        List<String> command = JavaCommand.small("160m", LedgerMain.class, arguments);
        ChildProcess started = ChildProcess.start(name, command, Map.of(), folder.resolve(name + ".log"));
        process = started;
        started.awaitFirstLine(Readiness.limit());
        behave(Behaviour.getDefaultInstance());
    }

    private Path calls() {
        return folder.resolve(name + ".calls");
    }

    /**
     * Passes each logged line about a call to {@code reader}, one by one, because there may be many. Skips a line that
     * a kill cut off.
     */
    public void forEachCall(Consumer<JsonObject> reader) throws IOException {
        try (Stream<String> lines = Files.lines(calls())) {
            forEach(lines, reader);
        }
    }

    private static void forEach(Stream<String> lines, Consumer<JsonObject> reader) {
        lines.filter(line -> line.startsWith("{") && line.endsWith("}"))
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .forEach(reader);
    }

    /**
     * Reads as {@link #forEachCall(Consumer)}, but only the complete lines from a byte of the file on.
     *
     * @return the first byte that was not read
     */
    long forEachCall(long from, Consumer<JsonObject> reader) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(calls().toFile(), "r")) {
            long start = Math.min(from, file.length());
            byte[] more = new byte[Math.toIntExact(file.length() - start)];
            file.seek(start);
            file.readFully(more);
            int end = more.length;
            while (end > 0 && more[end - 1] != '\n') {
                end--;
            }
            forEach(new String(more, 0, end, StandardCharsets.UTF_8).lines(), reader);
            return start + end;
        }
    }

    /** Sends SIGKILL. */
    public void kill() {
        ChildProcess running = process;
        if (running != null) {
            running.kill();
        }
    }

    public boolean isAlive() {
        ChildProcess running = process;
        return running != null && running.isAlive();
    }

    /** Sends {@code STOP} or {@code CONT}. */
    public void signal(String signal) throws IOException {
        ChildProcess running = process;
        if (running != null) {
            running.signal(signal);
        }
    }

    /** Sets the behaviour until the next call of this method or the next start. Blocks. */
    public void behave(Behaviour behaviour) throws InterruptedException {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(address()).usePlaintext().build();
        try {
            var _ = LedgerServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(BEHAVE_SECONDS, TimeUnit.SECONDS)
                    .behave(behaviour);
        } finally {
            channel.shutdownNow().awaitTermination(BEHAVE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Returns the name for coordinators and plans. */
    public String name() {
        return name;
    }

    /** Returns the name for coordinators and plans over HTTP. */
    public static String web(String name) {
        return name + "-web";
    }

    /** Returns the address on which the process listens, without a proxy. */
    public String address() {
        return "127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    int webPort() {
        return webPort;
    }

    @Override
    public void close() throws IOException {
        signal("CONT");
        kill();
    }
}

package dev.entente.rig;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.entente.participant.CallSignature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An external web hook: a real HTTP server with its own database, which outlives coordinators. It accepts a call only
 * with a valid signature. It stores every request, and acts once per idempotency key. {@code /flaky/N} fails the first
 * N requests of each key, {@code /closed} fails all requests until {@link #open}. Thread-safe.
 */
public final class Receiver implements AutoCloseable {
    /** The participant's name in plans. */
    public static final String NAME = "crm";

    private static final String DATABASE = "receiver";
    private static final String KEY = "a key that the coordinator and the receiver share";
    private static final String FLAKY = "/flaky/";
    private static final String CLOSED = "/closed";
    private static final int NO_CONTENT = 204;
    private static final int UNAUTHORIZED = 401;
    private static final int MISSING = 404;
    private static final int UNAVAILABLE = 503;
    private static final String TABLES = """
        create table request (id bigint generated always as identity primary key, gid text not null, key text not null,
          attempt int not null, genuine boolean not null, status int not null, at timestamptz not null default clock_timestamp());
        create index request_key on request (key);
        create table acted (key text primary key, gid text not null, body text not null, at timestamptz not null default clock_timestamp())\
        """;

    private final SqlDatabase database;
    private final HttpServer server;
    private final Path keyFile;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CallSignature signature = CallSignature.of(KEY);
    private volatile boolean isOpen;

    private Receiver(SqlDatabase database, HttpServer server, Path keyFile) {
        this.database = database;
        this.server = server;
        this.keyFile = keyFile;
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    /** Starts the receiver on a free port, with an empty database. Blocks. */
    static Receiver start(EmbeddedDatabase database, Path folder) throws IOException, SQLException {
        database.create(DATABASE);
        database.ask(DATABASE).change(TABLES);
        Path keyFile = Files.writeString(folder.resolve("signing-key"), KEY + "\n");
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new Receiver(database.ask(DATABASE), HttpServer.create(anyPort, 0), keyFile);
    }

    /** Returns the coordinator's settings for this participant. */
    public Map<String, String> configuration() {
        return Map.of(
                "participants." + NAME + ".target",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "participants." + NAME + ".signingKeyFile",
                keyFile.toString());
    }

    /** Makes {@code /closed} accept requests from now on. */
    public void open() {
        isOpen = true;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(answer(exchange, body), -1);
        } catch (SQLException e) {
            throw new IOException("the receiver's database refused the request", e);
        }
    }

    private int answer(HttpExchange exchange, byte[] body) throws SQLException {
        String key = exchange.getRequestHeaders().getFirst("idempotency-key");
        boolean isGenuine = signature.holds(
                exchange.getRequestMethod(),
                exchange.getRequestHeaders().getFirst("host"),
                exchange.getRequestURI().toString(),
                exchange.getRequestHeaders()::getFirst,
                body,
                Instant.now());
        String gid = exchange.getRequestHeaders().getFirst("entente-gid");
        int status = isGenuine ? status(exchange.getRequestURI().getPath(), key) : UNAUTHORIZED;
        database.change(
                "insert into request (gid, key, attempt, genuine, status) values (?, ?, ?, ?, ?)",
                gid,
                key,
                Integer.parseInt(exchange.getRequestHeaders().getFirst("entente-attempt")),
                isGenuine,
                status);
        if (status == NO_CONTENT) {
            database.change(
                    "insert into acted (key, gid, body) values (?, ?, ?) on conflict do nothing",
                    key,
                    gid,
                    new String(body, StandardCharsets.UTF_8));
        }
        return status;
    }

    private int status(String path, String key) throws SQLException {
        if (path.equals(CLOSED)) {
            return isOpen ? NO_CONTENT : MISSING;
        }
        if (!path.startsWith(FLAKY)) {
            return NO_CONTENT;
        }
        long before = number("select count(*) from request where key = ?", key);
        return before < Long.parseLong(path.substring(FLAKY.length())) ? UNAVAILABLE : NO_CONTENT;
    }

    /** Returns the single number of a query on the tables {@code request} and {@code acted}. Blocks. */
    public long number(String sql, Object... arguments) throws SQLException {
        return database.number(sql, arguments);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

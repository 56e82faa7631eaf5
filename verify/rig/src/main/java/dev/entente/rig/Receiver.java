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
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Somebody else's web hook: a real HTTP server with a database of its own, which outlives coordinators. It believes a
 * call only by its signature, writes every request down, and what it acts on once for each idempotency key.
 * {@code /flaky/N} fails the first N requests of each key, {@code /closed} every one until {@link #open}. Thread-safe.
 */
public final class Receiver implements AutoCloseable {
    /** Its name in plans. */
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

    private final EmbeddedDatabase database;
    private final HttpServer server;
    private final Path keyFile;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CallSignature signature = CallSignature.of(KEY);
    private volatile boolean isOpen;

    private Receiver(EmbeddedDatabase database, HttpServer server, Path keyFile) {
        this.database = database;
        this.server = server;
        this.keyFile = keyFile;
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    /** Starts it on any port, with an empty database. Blocks. */
    static Receiver start(EmbeddedDatabase database, Path folder) throws IOException, SQLException {
        database.create(DATABASE);
        try (Connection connection = database.connect(DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute(TABLES);
        }
        Path keyFile = Files.writeString(folder.resolve("signing-key"), KEY + "\n");
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new Receiver(database, HttpServer.create(anyPort, 0), keyFile);
    }

    /** Returns the settings by which a coordinator knows it. */
    public Map<String, String> configuration() {
        return Map.of(
                "participants." + NAME + ".target",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "participants." + NAME + ".signingKeyFile",
                keyFile.toString());
    }

    /** From now on {@code /closed} listens. */
    public void open() {
        isOpen = true;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(answer(exchange, body), -1);
        } catch (SQLException e) {
            throw new IOException("the receiver's database did not take it", e);
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
        return with(connection -> {
            int status = isGenuine ? status(connection, exchange.getRequestURI().getPath(), key) : UNAUTHORIZED;
            note(connection, exchange, isGenuine, status);
            if (status == NO_CONTENT) {
                act(connection, exchange, new String(body, StandardCharsets.UTF_8));
            }
            return status;
        });
    }

    /** Something to be done with a connection. */
    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T with(Work<T> work) throws SQLException {
        try (Connection connection = database.connect(DATABASE)) {
            return work.on(connection);
        }
    }

    private int status(Connection connection, String path, String key) throws SQLException {
        if (path.equals(CLOSED)) {
            return isOpen ? NO_CONTENT : MISSING;
        }
        if (!path.startsWith(FLAKY)) {
            return NO_CONTENT;
        }
        long before = number(connection, "select count(*) from request where key = ?", key);
        return before < Long.parseLong(path.substring(FLAKY.length())) ? UNAVAILABLE : NO_CONTENT;
    }

    private static void note(Connection connection, HttpExchange exchange, boolean isGenuine, int status)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into request (gid, key, attempt, genuine, status) values (?, ?, ?, ?, ?)")) {
            insert.setString(1, exchange.getRequestHeaders().getFirst("entente-gid"));
            insert.setString(2, exchange.getRequestHeaders().getFirst("idempotency-key"));
            insert.setInt(3, Integer.parseInt(exchange.getRequestHeaders().getFirst("entente-attempt")));
            insert.setBoolean(4, isGenuine);
            insert.setInt(5, status);
            insert.executeUpdate();
        }
    }

    private static void act(Connection connection, HttpExchange exchange, String body) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into acted (key, gid, body) values (?, ?, ?) on conflict do nothing")) {
            insert.setString(1, exchange.getRequestHeaders().getFirst("idempotency-key"));
            insert.setString(2, exchange.getRequestHeaders().getFirst("entente-gid"));
            insert.setString(3, body);
            insert.executeUpdate();
        }
    }

    /** The one number that {@code sql} answers from its tables {@code request} and {@code acted}. Blocks. */
    public long number(String sql, Object... arguments) throws SQLException {
        return with(connection -> number(connection, sql, arguments));
    }

    private static long number(Connection connection, String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

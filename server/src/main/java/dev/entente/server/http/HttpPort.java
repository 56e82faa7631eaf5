package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers probes and scrapers over HTTP. Anybody who reaches it may ask, so all that a connection may cost is bounded
 * before it is read. No number of connections keeps a new one from an answer: the oldest silent one gives way.
 */
public final class HttpPort {
    /**
     * The connections that may be open.
     *
     * @param perPeer of one address, or one IPv6 network of 64 bits; at least 1
     * @param inAll of all, at least 1
     */
    public record Room(int perPeer, int inAll) {}

    private static final Logger log = LoggerFactory.getLogger(HttpPort.class);
    private static final int MAX_HEAD_BYTES = 8 << 10;
    private static final int MAX_THREADS = 8;
    private static final int MIN_THREADS = 3;
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    /** Behind the limits of {@link OpenConnections} and {@link UnsentAnswers}, which know more. */
    private static final Duration LAST_RESORT = Duration.ofMinutes(2);

    private final Metrics metrics;
    private final OpenConnections connections;
    private final UnsentAnswers unsent = new UnsentAnswers(System::nanoTime);
    private final ExecutorService pages = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-http-page-", 0).factory());
    private final HttpEndpoints endpoints;
    private final Server server;
    private final GuardedConnector connector;

    private HttpPort(InetSocketAddress address, Room room, @Nullable SSLContext tls, Metrics metrics) {
        this.metrics = metrics;
        RefusedRequests refused = new RefusedRequests(metrics);
        connections = new OpenConnections(room, refused, System::nanoTime);
        endpoints = new HttpEndpoints(metrics, refused, connections, unsent, pages);
        server = new Server(threads());
        connector = new GuardedConnector(server, connections, protocols(tls));
        connector.setHost(address.isUnresolved() ? null : address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(LAST_RESORT.toMillis());
        connector.setShutdownIdleTimeout(0);
        server.addConnector(connector);
        server.setHandler(endpoints);
        server.setErrorHandler(new BadRequests(metrics, refused));
        server.setStopTimeout(0);
    }

    private static QueuedThreadPool threads() {
        // Jetty's own queue asks the JVM's MBeans for the size of a cache line, which costs a start 100 ms.
        BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
        QueuedThreadPool threads =
                new QueuedThreadPool(MAX_THREADS, MIN_THREADS, (int) LAST_RESORT.toMillis(), 0, queue, null);
        threads.setName("entente-http");
        threads.setDaemon(true);
        return threads;
    }

    private static HttpConfiguration http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(MAX_HEAD_BYTES);
        http.setSendServerVersion(false);
        http.setHeaderCacheSize(0);
        http.setMaxUnconsumedRequestContentReads(1);
        http.setRelativeRedirectAllowed(false);
        return http;
    }

    private static ConnectionFactory[] protocols(@Nullable SSLContext tls) {
        return tls == null
                ? new ConnectionFactory[] {new HttpConnectionFactory(http())}
                : Encryption.protocols(tls, http());
    }

    /**
     * Binds and serves.
     *
     * @param tls null for plain HTTP/1.1
     * @throws IOException if the address is taken
     */
    public static HttpPort start(InetSocketAddress address, Room room, @Nullable SSLContext tls, Metrics metrics)
            throws IOException {
        HttpPort port = new HttpPort(address, room, tls, metrics);
        metrics.showHttpPort(port.connections::open, port.unsent::bytes);
        try {
            port.server.start();
        } catch (IOException taken) {
            port.stop();
            throw taken.getCause() instanceof IOException cause ? cause : taken;
        } catch (Exception defect) {
            port.stop();
            throw new IllegalStateException("the HTTP port does not start", defect);
        }
        port.lookLater();
        return port;
    }

    /** Has the classes loaded that every start needs; opens nothing. */
    public static void preload() {
        var _ = new HttpPort(InetSocketAddress.createUnresolved("localhost", 0), new Room(1, 1), null, Metrics.none());
    }

    private void lookLater() {
        var _ = connector.getScheduler().schedule(this::look, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            connections.closeSilent();
            unsent.abortSlow();
        } catch (RuntimeException | Error defect) {
            metrics.caught("http");
            log.error("unexpected error while closing connections", defect);
        }
        lookLater();
    }

    /** Returns the port that it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** @param readiness asked at each request from now on */
    public void ready(BooleanSupplier readiness) {
        endpoints.ready(readiness);
    }

    /** Closes all connections, and the port. Blocks. */
    public void stop() {
        try {
            server.stop();
        } catch (Exception defect) {
            log.warn("could not stop the HTTP port", defect);
        }
        pages.shutdownNow();
    }
}

package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
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
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers probes and scrapers over HTTP. Anybody who reaches it may ask, within the limits that Jetty has. */
public final class HttpPort {
    private static final Logger log = LoggerFactory.getLogger(HttpPort.class);
    private static final int MAX_HEAD_BYTES = 8 << 10;
    private static final int MAX_THREADS = 8;
    private static final int MIN_THREADS = 3;
    private static final int MAX_THREAD_IDLE_SECONDS = 120;
    private static final int ACCEPTORS = 1;
    private static final int SELECTORS = 1;
    private static final int BACKLOG = 512;
    /** While so many are open no other one is accepted, so it is far more than probes and scrapers ever have. */
    private static final int MAX_CONNECTIONS = 10_000;

    private static final int IDLE_SECONDS = 30;
    /** While there are too many. */
    private static final int FULL_IDLE_SECONDS = 2;

    private final ExecutorService pages = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-http-page-", 0).factory());
    private final HttpEndpoints endpoints;
    private final Server server;
    private final ServerConnector connector;

    private HttpPort(InetSocketAddress address, @Nullable SSLContext tls, Metrics metrics) {
        RefusedRequests refused = new RefusedRequests(metrics);
        endpoints = new HttpEndpoints(metrics, refused, pages);
        server = new Server(threads());
        connector = new ServerConnector(server, ACCEPTORS, SELECTORS, protocols(tls));
        connector.setHost(address.isUnresolved() ? null : address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setAcceptQueueSize(BACKLOG);
        connector.setIdleTimeout(TimeUnit.SECONDS.toMillis(IDLE_SECONDS));
        connector.setShutdownIdleTimeout(0);
        server.addConnector(connector);
        server.addBean(limit(connector));
        server.setHandler(endpoints);
        server.setErrorHandler(new BadRequests(metrics, refused));
        server.setStopTimeout(0);
    }

    private static NetworkConnectionLimit limit(ServerConnector connector) {
        NetworkConnectionLimit limit = new NetworkConnectionLimit(MAX_CONNECTIONS, connector);
        limit.setEndPointIdleTimeout(TimeUnit.SECONDS.toMillis(FULL_IDLE_SECONDS));
        return limit;
    }

    private static QueuedThreadPool threads() {
        // Jetty's own queue asks the JVM's MBeans for the size of a cache line, which costs a start 100 ms.
        BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
        int idleMillis = (int) TimeUnit.SECONDS.toMillis(MAX_THREAD_IDLE_SECONDS);
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS, idleMillis, 0, queue, null);
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
    public static HttpPort start(InetSocketAddress address, @Nullable SSLContext tls, Metrics metrics)
            throws IOException {
        HttpPort port = new HttpPort(address, tls, metrics);
        metrics.showHttpConnections(() -> port.connector.getConnectedEndPoints().size());
        try {
            port.server.start();
        } catch (IOException taken) {
            port.stop();
            throw taken.getCause() instanceof IOException cause ? cause : taken;
        } catch (Exception defect) {
            port.stop();
            throw new IllegalStateException("the HTTP port does not start", defect);
        }
        return port;
    }

    /** Has the classes loaded that every start needs; opens nothing. */
    public static void preload() {
        var _ = new HttpPort(InetSocketAddress.createUnresolved("localhost", 0), null, Metrics.none());
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

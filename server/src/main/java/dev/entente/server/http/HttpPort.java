package dev.entente.server.http;

import dev.entente.server.telemetry.MetricName;
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
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves probes, scrapers, the website and calls, without authentication of its own, within Jetty's limits. */
public final class HttpPort {
    private static final Logger log = LoggerFactory.getLogger(HttpPort.class);
    static final int MAX_HEAD_BYTES = 32 << 10;
    private static final int MAX_THREADS = 8;
    private static final int MIN_THREADS = 3;
    private static final int MAX_THREAD_IDLE_SECONDS = 120;
    private static final int ACCEPTORS = 1;
    private static final int SELECTORS = 1;
    private static final int BACKLOG = 512;
    /**
     * The limit of open connections. At the limit no further connection is accepted, so the limit is far above the need
     * of probes and scrapers.
     */
    private static final int MAX_CONNECTIONS = 10_000;

    /** Longer than the 60 to 90 seconds of most proxies, so the proxy closes an idle connection first. */
    private static final int IDLE_SECONDS = 120;
    /** The announced time is shorter, so a request that leaves a client in time also arrives in time. */
    private static final String KEEP_ALIVE = "timeout=" + (IDLE_SECONDS - 5);
    /** The maximum silence of a client during its request. */
    private static final int REQUEST_IDLE_SECONDS = 30;
    /** The idle timeout at the connection limit. */
    private static final int FULL_IDLE_SECONDS = 2;

    private static final int MAX_STREAMS = 32;
    private static final int MAX_FRAMES_PER_SECOND = 128;
    private static final int RECEIVE_WINDOW_BYTES = 64 << 10;

    private final ExecutorService pages = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-http-page-", 0).factory());
    private final HttpEndpoints endpoints;
    private final Server server;
    private final ServerConnector connector;

    private HttpPort(
            InetSocketAddress address, @Nullable SSLContext tls, @Nullable RequestFilter filter, Metrics metrics) {
        RefusedRequests refused = new RefusedRequests(metrics, filter);
        endpoints = new HttpEndpoints(metrics, refused, filter, pages);
        server = new Server(threads());
        connector = new ServerConnector(server, ACCEPTORS, SELECTORS, protocols(tls, filter));
        connector.setHost(address.isUnresolved() ? null : address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setAcceptQueueSize(BACKLOG);
        connector.setIdleTimeout(TimeUnit.SECONDS.toMillis(IDLE_SECONDS));
        connector.setShutdownIdleTimeout(0);
        server.addConnector(connector);
        server.addBean(limit(connector));
        server.setHandler(endpoints);
        server.setErrorHandler(refused);
        server.setStopTimeout(0);
    }

    private static NetworkConnectionLimit limit(ServerConnector connector) {
        NetworkConnectionLimit limit = new NetworkConnectionLimit(MAX_CONNECTIONS, connector);
        limit.setEndPointIdleTimeout(TimeUnit.SECONDS.toMillis(FULL_IDLE_SECONDS));
        return limit;
    }

    private static QueuedThreadPool threads() {
        // Jetty's own queue queries the JVM's MBeans for the size of a cache line, which adds 100 ms to a start.
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
        http.setResponseHeaderSize(MAX_HEAD_BYTES); // the redirect to a run has the gids of its transactions
        http.setSendServerVersion(false);
        http.setHeaderCacheSize(0);
        http.setMaxUnconsumedRequestContentReads(1);
        http.setRelativeRedirectAllowed(false);
        http.setIdleTimeout(TimeUnit.SECONDS.toMillis(REQUEST_IDLE_SECONDS));
        http.addCustomizer(new SecurityHeaders());
        http.addCustomizer(HttpPort::announceKeepAlive);
        return http;
    }

    /** Omits the header if the connection ends, and on HTTP/2, which forbids the header. */
    private static Request announceKeepAlive(Request request, HttpFields.Mutable answer) {
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && !request.getHeaders().contains(HttpHeader.CONNECTION, "close")) {
            answer.put(HttpHeader.KEEP_ALIVE, KEEP_ALIVE);
        }
        return request;
    }

    private static ConnectionFactory[] protocols(@Nullable SSLContext tls, @Nullable RequestFilter filter) {
        HttpConfiguration http = http();
        if (tls != null) {
            // Probes use an address: the certificate need not contain a matching name.
            http.addCustomizer(new SecureRequestCustomizer(false));
        }
        if (filter != null) {
            http.addCustomizer(filter.proxies());
        }
        return tls == null
                ? new ConnectionFactory[] {new HttpConnectionFactory(http)}
                : encrypted(handshake(tls, filter != null && filter.asksForCertificates()), http);
    }

    /** Returns TLS 1.2 or 1.3, with HTTP/2 for clients that request it in the handshake, otherwise HTTP/1.1. */
    private static ConnectionFactory[] encrypted(SslContextFactory.Server handshake, HttpConfiguration http) {
        HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(http);
        http2.setMaxConcurrentStreams(MAX_STREAMS);
        http2.setRateControlFactory(new WindowRateControl.Factory(MAX_FRAMES_PER_SECOND));
        http2.setInitialStreamRecvWindow(RECEIVE_WINDOW_BYTES);
        http2.setInitialSessionRecvWindow(RECEIVE_WINDOW_BYTES);
        ALPNServerConnectionFactory choice = new ALPNServerConnectionFactory();
        choice.setDefaultProtocol(HttpVersion.HTTP_1_1.asString());
        return new ConnectionFactory[] {
            new SslConnectionFactory(handshake, choice.getProtocol()), choice, http2, new HttpConnectionFactory(http)
        };
    }

    /**
     * @param asksForCertificates whether the server requests client certificates. Clients may omit them, because probes
     *     and scrapers have none.
     */
    private static SslContextFactory.Server handshake(SSLContext context, boolean asksForCertificates) {
        SslContextFactory.Server handshake = new SslContextFactory.Server();
        handshake.setSslContext(context);
        handshake.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        handshake.setCipherComparator(HTTP2Cipher.COMPARATOR);
        handshake.setRenegotiationAllowed(false);
        handshake.setWantClientAuth(asksForCertificates);
        return handshake;
    }

    /**
     * Binds and serves.
     *
     * @param tls null for plain HTTP/1.1
     * @param filter for calls and browsers; null if neither is served
     * @throws IOException if the address is in use
     */
    public static HttpPort start(
            InetSocketAddress address, @Nullable SSLContext tls, @Nullable RequestFilter filter, Metrics metrics)
            throws IOException {
        HttpPort port = new HttpPort(address, tls, filter, metrics);
        metrics.show(
                MetricName.HTTP_CONNECTIONS,
                () -> port.connector.getConnectedEndPoints().size());
        try {
            port.server.start();
        } catch (IOException taken) {
            port.stop();
            throw taken.getCause() instanceof IOException cause ? cause : taken;
        } catch (Exception defect) { // declared by Jetty
            port.stop();
            throw new IllegalStateException("the HTTP port does not start", defect);
        }
        return port;
    }

    /** Loads the classes that each start needs; opens nothing. */
    public static void preload() {
        var _ = new HttpPort(InetSocketAddress.createUnresolved("localhost", 0), null, null, Metrics.none());
    }

    /** Returns the number of the bound port. */
    public int port() {
        return connector.getLocalPort();
    }

    /** @param readiness called for each request from now on */
    public void ready(BooleanSupplier readiness) {
        endpoints.ready(readiness);
    }

    /** @param website handles all requests except probes and scrapes from now on */
    public void show(Website website) {
        show(website, EventStreams.PACE);
    }

    void show(Website website, EventStreams.Pace pace) {
        endpoints.show(website, pace);
    }

    /** @param calls handles each call that passes the filter from now on; must not block */
    public void serve(Request.Handler calls) {
        endpoints.serve(calls);
    }

    /** Closes all connections, and the port. Blocks. */
    public void stop() {
        try {
            server.stop();
        } catch (Exception defect) { // declared by Jetty; the shutdown of the process continues
            log.warn("could not stop the HTTP port", defect);
        }
        pages.shutdownNow();
    }
}

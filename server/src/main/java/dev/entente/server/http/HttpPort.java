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

/** Answers probes, scrapers and calls over HTTP. Anybody who reaches it may ask, within the limits that Jetty has. */
public final class HttpPort {
    private static final Logger log = LoggerFactory.getLogger(HttpPort.class);
    static final int MAX_HEAD_BYTES = 32 << 10;
    private static final int MAX_THREADS = 8;
    private static final int MIN_THREADS = 3;
    private static final int MAX_THREAD_IDLE_SECONDS = 120;
    private static final int ACCEPTORS = 1;
    private static final int SELECTORS = 1;
    private static final int BACKLOG = 512;
    /** While so many are open no other one is accepted, so it is far more than probes and scrapers ever have. */
    private static final int MAX_CONNECTIONS = 10_000;

    /** More than the 60 to 90 seconds for which most proxies keep a connection: the one that closes first is the proxy. */
    private static final int IDLE_SECONDS = 120;
    /** Announced: a request that leaves a client in time also arrives in time. */
    private static final String KEEP_ALIVE = "timeout=" + (IDLE_SECONDS - 5);
    /** Silence of a client whose request is under way. */
    private static final int REQUEST_IDLE_SECONDS = 30;
    /** While there are too many. */
    private static final int FULL_IDLE_SECONDS = 2;

    private static final int MAX_STREAMS = 32;
    private static final int MAX_FRAMES_PER_SECOND = 128;
    private static final int RECEIVE_WINDOW_BYTES = 64 << 10;

    private final ExecutorService pages = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-http-page-", 0).factory());
    private final HttpEndpoints endpoints;
    private final Server server;
    private final ServerConnector connector;

    private HttpPort(InetSocketAddress address, @Nullable SSLContext tls, @Nullable CallGate gate, Metrics metrics) {
        RefusedRequests refused = new RefusedRequests(metrics, gate);
        endpoints = new HttpEndpoints(metrics, refused, gate, pages);
        server = new Server(threads());
        connector = new ServerConnector(server, ACCEPTORS, SELECTORS, protocols(tls, gate));
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
        http.setIdleTimeout(TimeUnit.SECONDS.toMillis(REQUEST_IDLE_SECONDS));
        http.addCustomizer(new SafeAnswers());
        http.addCustomizer(HttpPort::announceKeepAlive);
        return http;
    }

    /** Puts no such header where the connection ends, nor on HTTP/2, which allows none. */
    private static Request announceKeepAlive(Request request, HttpFields.Mutable answer) {
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && !request.getHeaders().contains(HttpHeader.CONNECTION, "close")) {
            answer.put(HttpHeader.KEEP_ALIVE, KEEP_ALIVE);
        }
        return request;
    }

    private static ConnectionFactory[] protocols(@Nullable SSLContext tls, @Nullable CallGate gate) {
        HttpConfiguration http = http();
        if (tls != null) {
            // Probes come to an address: no name is looked for in the certificate.
            http.addCustomizer(new SecureRequestCustomizer(false));
        }
        if (gate != null) {
            http.addCustomizer(gate.proxies());
        }
        return tls == null
                ? new ConnectionFactory[] {new HttpConnectionFactory(http)}
                : encrypted(handshake(tls, gate != null && gate.asksForCertificates()), http);
    }

    /** TLS 1.2 or 1.3, and behind it HTTP/2 for those who ask for it in their handshake, else HTTP/1.1. */
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

    /** @param asksForCertificates clients may show one: probes and scrapers have none */
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
     * @param gate for calls and browsers; null where neither is served
     * @throws IOException if the address is taken
     */
    public static HttpPort start(
            InetSocketAddress address, @Nullable SSLContext tls, @Nullable CallGate gate, Metrics metrics)
            throws IOException {
        HttpPort port = new HttpPort(address, tls, gate, metrics);
        metrics.show(
                MetricName.HTTP_CONNECTIONS,
                () -> port.connector.getConnectedEndPoints().size());
        try {
            port.server.start();
        } catch (IOException taken) {
            port.stop();
            throw taken.getCause() instanceof IOException cause ? cause : taken;
        } catch (Exception defect) { // as Jetty declares it
            port.stop();
            throw new IllegalStateException("the HTTP port does not start", defect);
        }
        return port;
    }

    /** Has the classes loaded that every start needs; opens nothing. */
    public static void preload() {
        var _ = new HttpPort(InetSocketAddress.createUnresolved("localhost", 0), null, null, Metrics.none());
    }

    /** Returns the port that it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** @param readiness asked at each request from now on */
    public void ready(BooleanSupplier readiness) {
        endpoints.ready(readiness);
    }

    /** @param website what answers all but probes and scrapes from now on */
    public void show(Website website) {
        show(website, EventStreams.PACE);
    }

    void show(Website website, EventStreams.Pace pace) {
        endpoints.show(website, pace);
    }

    /** @param calls has each call that passes the gate from now on; must not block */
    public void serve(Request.Handler calls) {
        endpoints.serve(calls);
    }

    /** Closes all connections, and the port. Blocks. */
    public void stop() {
        try {
            server.stop();
        } catch (Exception defect) { // as Jetty declares it; the process goes on to end
            log.warn("could not stop the HTTP port", defect);
        }
        pages.shutdownNow();
    }
}

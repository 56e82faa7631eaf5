package dev.entente.server.participant.http;

import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.participant.guard.AllowedAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Origin;
import org.eclipse.jetty.client.ProcessingProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpCompliance.Violation;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslClientConnectionFactory;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP client that all participants share. The client sends each request exactly as given: no redirect, no proxy,
 * no cookie, no decompression, no retry. Requests with different tags share no connection. Thread-safe.
 */
final class HttpLink implements AutoCloseable {
    /** A request tag that resolves a host to its allowed addresses. */
    interface LookUp {
        /** Blocks. */
        List<InetAddress> of(String host) throws UnknownHostException, AllowedAddresses.Forbidden;
    }

    private static final Logger log = LoggerFactory.getLogger(HttpLink.class);
    private static final LookUp ANY = host -> List.of(InetAddress.getAllByName(host));
    /** Larger than the longest request head that a plan can produce. */
    private static final int MAX_REQUEST_HEAD_BYTES = 256 << 10;

    /** Larger than {@code CalledParticipant.MAX_METADATA_BYTES}, which counts only names and values of headers. */
    private static final int MAX_ANSWER_HEAD_BYTES = 256 << 10;

    private static final int MAX_THREADS = 8;
    private static final int MIN_THREADS = 2;
    private static final long IDLE_MILLIS = TimeUnit.SECONDS.toMillis(30);

    private final ExecutorService lookUps = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-look-up-", 0).factory());
    private final HttpClient client = new HttpClient(new Transport());

    /** @param connect the time limit of a connect, and of a TLS handshake */
    HttpLink(Duration connect) {
        QueuedThreadPool threads =
                new QueuedThreadPool(MAX_THREADS, MIN_THREADS, (int) IDLE_MILLIS, 0, new LinkedBlockingQueue<>(), null);
        threads.setName("entente-http-calls");
        threads.setDaemon(true);
        client.setExecutor(threads);
        client.setScheduler(new ScheduledExecutorScheduler("entente-http-timer", true));
        client.setSocketAddressResolver(this::resolve);
        client.setSslContextFactory(encryption(null));
        client.setConnectTimeout(connect.toMillis());
        client.setIdleTimeout(IDLE_MILLIS);
        client.setDestinationIdleTimeout(IDLE_MILLIS);
        client.setMaxConnectionsPerDestination(Short.MAX_VALUE);
        client.setMaxRequestHeadersSize(MAX_REQUEST_HEAD_BYTES);
        client.setMaxResponseHeadersSize(MAX_ANSWER_HEAD_BYTES);
        client.setHttpCompliance(HttpCompliance.RFC7230.with(
                "ANSWERS", Violation.MULTIPLE_CONTENT_LENGTHS, Violation.MULTILINE_FIELD_VALUE));
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        client.setFollowRedirects(false);
        client.setUserAgentField(null);
        client.setDefaultRequestContentType(null);
        start();
        client.getContentDecoderFactories().clear(); // a decoder waits forever for the end of a cut stream
        client.getProtocolHandlers().clear();
        client.getProtocolHandlers().put(new Interim());
    }

    private void start() {
        try {
            client.start();
        } catch (Exception defect) {
            throw new IllegalStateException("the HTTP client does not start", defect);
        }
    }

    /** @param tag a {@link LookUp}, an {@link #encryption}, or null for the platform's */
    Request request(URI uri, @Nullable Object tag) {
        return client.newRequest(uri).tag(tag);
    }

    /** Aborts all calls in flight. Blocks. */
    @Override
    public void close() {
        try {
            client.stop();
        } catch (Exception defect) {
            log.warn("could not stop the HTTP client", defect);
        }
        lookUps.shutdownNow();
    }

    // ---- TLS

    /** Returns a tag with the current certificates; null for the platform's. */
    static SslContextFactory.Client encryption(@Nullable Tls tls) {
        SslContextFactory.Client factory = new SslContextFactory.Client() {
            // Logs no warning: the JDK knows which cipher suites are weak.
            @Override
            protected void checkConfiguration() {}
        };
        try {
            factory.setSslContext(tls == null ? SSLContext.getDefault() : context(tls));
            factory.setExcludeCipherSuites();
            factory.start();
            return factory;
        } catch (Exception e) {
            throw new IllegalStateException("this platform does not support TLS", e);
        }
    }

    private static SSLContext context(Tls tls) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(tls.own(), tls.authorities(), null);
        return context;
    }

    // ---- connections

    /** Resolves a host once: the client connects to the addresses that were found. */
    private void resolve(
            String host, int port, Map<String, Object> context, Promise<List<InetSocketAddress>> addresses) {
        Destination destination = (Destination) Objects.requireNonNull(context.get(Destination.CONTEXT_KEY));
        LookUp lookUp = destination.getOrigin().getTag() instanceof LookUp own ? own : ANY;
        Runnable look = () -> {
            try {
                List<InetAddress> found = lookUp.of(host);
                addresses.succeeded(found.stream()
                        .map(address -> new InetSocketAddress(address, port))
                        .toList());
            } catch (UnknownHostException | AllowedAddresses.Forbidden | RuntimeException failed) {
                addresses.failed(failed);
            }
        };
        try {
            lookUps.execute(look);
        } catch (RejectedExecutionException closed) {
            addresses.failed(closed);
        }
    }

    /**
     * Opens connections. Over TLS, a response that ends with the connection is complete only if the participant has
     * sent close_notify (RFC 9112, section 9.8).
     */
    private static final class Connector extends ClientConnector {
        @Override
        public ClientConnectionFactory newSslClientConnectionFactory(
                SslContextFactory.Client encryption, ClientConnectionFactory inner) {
            ClientConnectionFactory factory = super.newSslClientConnectionFactory(encryption, inner);
            ((SslClientConnectionFactory) factory).setRequireCloseMessage(true);
            return factory;
        }
    }

    private static final class Transport extends HttpClientTransportOverHTTP {
        Transport() {
            super(new Connector());
        }

        @Override
        public Destination newDestination(Origin origin) {
            return new Place(getHttpClient(), origin);
        }

        @Override
        public Connection newConnection(EndPoint endPoint, Map<String, Object> context) {
            return new ParticipantConnection(endPoint, context);
        }
    }

    /** The connections that requests with one tag to one host and port share. */
    private static final class Place extends HttpDestination {
        Place(HttpClient client, Origin origin) {
            super(client, origin);
        }

        @Override
        protected Queue<HttpExchange> newExchangeQueue(HttpClient unused) {
            return new LinkedBlockingQueue<>();
        }

        @Override
        public SslContextFactory.@Nullable Client resolveSslContextFactory() {
            return isSecure() && getOrigin().getTag() instanceof SslContextFactory.Client own
                    ? own
                    : super.resolveSslContextFactory();
        }

        /** Aborts one waiting call per failed connection, not all waiting calls. */
        @Override
        public void failed(Throwable why) {
            for (HttpExchange waiting : getHttpExchanges()) {
                if (waiting.getRequest().abort(why).getNow(true)) {
                    return;
                }
            }
        }
    }

    /** Skips interim responses, which precede another response. */
    private static final class Interim extends ProcessingProtocolHandler {
        @Override
        public boolean accept(Request request, Response response) {
            return HttpStatus.isInterim(response.getStatus());
        }
    }
}

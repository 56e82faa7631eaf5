package dev.entente.server.api;

import dev.entente.server.api.access.ApiSecurity;
import dev.entente.server.api.access.AuditedCalls;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.ConsoleSessions;
import dev.entente.server.api.access.OpenCalls;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.api.connect.CallsWithin;
import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.api.wire.HealthReport;
import dev.entente.server.api.wire.LateServices;
import dev.entente.server.api.wire.RequestParsing;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.store.admin.SessionTable;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.TransactionEventLog;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server: services, health and reflection after authentication, on the shared event loops, without a thread of
 * its own.
 *
 * <p>The port is bound before the server serves calls, because a coordinator must know its address before it may own a
 * transaction, and the system may choose the port. Until {@link #serve} each call fails with ENT-051.
 */
public final class ApiServer {
    /** The extra size of a request, because a plan with JSON bodies may be larger than its stored form. */
    private static final int REQUEST_OVERHEAD_BYTES = 1 << 20;

    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int MAX_CALLS_PER_CONNECTION = 8192;
    /** The time without a message after which another coordinator is pinged, and the timeout of the ping. */
    private static final int PEER_PING_SECONDS = 10;

    /** A high limit of resets, because a client may cancel all its calls at once, and soon after that all new calls. */
    private static final int MAX_RESETS = 50_000;
    /** Half of the interval that clients are advised to use, so a slightly early PING closes no connection. */
    private static final int KEEP_ALIVE_SECONDS = 5;

    private static final int PING_SECONDS = 60;
    private static final int PONG_SECONDS = 20;
    private static final int HANDSHAKE_SECONDS = 20;
    /** A connection without calls is closed after this time; the client reconnects with its next call. */
    private static final Duration MAX_IDLE = Duration.ofMinutes(30);
    /** The age, plus or minus a tenth, after which a connection accepts no new call. */
    public static final Duration MAX_AGE = Duration.ofHours(12);
    /** The time for open calls to finish after the maximum age of their connection. */
    private static final Duration MAX_GRACE = Duration.ofMinutes(5);

    /**
     * The largest accepted response of another coordinator: a transaction with all its stored responses. The command
     * line has an equal limit.
     */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    /**
     * The times of a connection.
     *
     * @param age plus or minus a tenth, after which the connection accepts no new call; at least a second
     * @param resets in which at most {@link #MAX_RESETS} calls may be cancelled, in whole seconds
     */
    public record ConnectionTimes(Duration age, Duration resets) {
        public static final ConnectionTimes STANDARD = new ConnectionTimes(MAX_AGE, Duration.ofSeconds(10));
    }

    private final EventLoops loops;
    private final ApiSecurity entrance;
    private final Metrics metrics;
    private final Authentication authentication;
    private final LateServices late;
    private final HealthReport health = new HealthReport();
    private final Server server;
    private final int maxRequestBytes;
    private final AtomicBoolean isGoing = new AtomicBoolean();
    /** The tasks to run when the server stops. */
    private final List<Runnable> closings = new ArrayList<>();

    private volatile @Nullable SubmitStreams streams;
    private volatile @Nullable CallsWithin within;

    /**
     * Binds the address, and refuses calls until the coordinator serves.
     *
     * @param maxPlanBytes of a stored plan
     * @throws IOException if the address is in use
     * @throws IllegalArgumentException if the certificates of {@code entrance} are unusable
     */
    public ApiServer(
            InetSocketAddress address,
            EventLoops loops,
            ApiSecurity entrance,
            int maxPlanBytes,
            ConnectionTimes times,
            Metrics metrics)
            throws IOException {
        this.loops = loops;
        this.entrance = entrance;
        this.metrics = metrics;
        this.authentication = new Authentication(entrance, metrics);
        this.late = new LateServices();
        this.maxRequestBytes = maxPlanBytes + REQUEST_OVERHEAD_BYTES;
        // Interceptors run in reverse order of registration: measure each call, refuse calls before start,
        // authenticate, then limit calls without a token.
        this.server = NettyServerBuilder.forAddress(address, entrance.server())
                .bossEventLoopGroup(loops.group())
                .workerEventLoopGroup(loops.group())
                .channelType(loops.serverChannel())
                .directExecutor()
                .maxInboundMessageSize(maxRequestBytes)
                .maxInboundMetadataSize(MAX_HEADER_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .maxRstFramesPerWindow(
                        MAX_RESETS, Math.toIntExact(times.resets().toSeconds()))
                .permitKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PONG_SECONDS, TimeUnit.SECONDS)
                .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
                .maxConnectionIdle(MAX_IDLE.toMinutes(), TimeUnit.MINUTES)
                .maxConnectionAge(times.age().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(grace(times.age()).toMillis(), TimeUnit.MILLISECONDS)
                .intercept(new OpenCalls(metrics))
                .intercept(authentication)
                .intercept(late)
                .intercept(new Measuring(metrics))
                .addService(RequestParsing.of(health.service().bindService()))
                .addService(
                        RequestParsing.of(ProtoReflectionServiceV1.newInstance().bindService()))
                .addService(RequestParsing.of(alphaReflection().bindService()))
                .fallbackHandlerRegistry(late)
                .build()
                .start();
    }

    /**
     * Returns the time for open calls to finish after the maximum age. Streams and watches receive a message from the
     * server before the end, and move to another connection.
     */
    private static Duration grace(Duration age) {
        return age.compareTo(MAX_GRACE) < 0 ? age : MAX_GRACE;
    }

    /** Older tools support only this version. */
    @SuppressWarnings("deprecation")
    private static BindableService alphaReflection() {
        return ProtoReflectionService.newInstance();
    }

    /**
     * Starts to serve calls.
     *
     * @param isReady whether this coordinator accepts work, which the health service reports
     */
    public void serve(ApiDependencies dependencies, ApiLimits terms, BooleanSupplier isReady, TransactionEventLog log) {
        AuditedCalls audited = new AuditedCalls(entrance.trail());
        List<ServerServiceDefinition> services = services(dependencies, terms, log).stream()
                .map(service -> ServerInterceptors.intercept(service, audited))
                .toList();
        within = new CallsWithin(services, List.of(authentication, new Measuring(metrics)));
        services.forEach(late::add);
        late.open();
        health.follow(isReady, loops.group().next());
    }

    /** Returns the handler of the services as JSON over HTTP. Call after {@link #serve}. */
    public ConnectCalls overHttp() {
        return new ConnectCalls(within(), maxRequestBytes);
    }

    /** Returns the console's sessions; null if callers need no token. */
    public @Nullable ConsoleSessions consoleSessions(SessionTable table) {
        TokenFile tokens = entrance.tokens();
        return tokens == null ? null : new ConsoleSessions(tokens, table, entrance.trail());
    }

    /** Returns the services for other parts of this process. Call after {@link #serve}. */
    public CallsWithin within() {
        return Objects.requireNonNull(within, "the server is not started");
    }

    private List<BindableService> services(ApiDependencies dependencies, ApiLimits terms, TransactionEventLog log) {
        ApiDependencies.Tables tables = dependencies.tables();
        Peers peers = new Peers(dependencies.node(), dependencies.peers(), tables.queries()::owners);
        // Loads the node names, so that the first response can contain them.
        var _ = peers.all();
        Forwarding forwarding = new Forwarding(peers, entrance.peers(), this::connect);
        OwnerRouter router = new OwnerRouter(forwarding);
        Blocking blocking = new Blocking();
        EndWaiters waiting = new EndWaiters(dependencies.transactions());
        closings.addAll(List.of(waiting::close, blocking::close, forwarding::close));
        JsonPayloads json = new JsonPayloads(dependencies.directory().methods());
        TransactionViews views = new TransactionViews(new TransactionTranslation(peers), json, blocking);
        PlanValidation intake = new PlanValidation(
                dependencies.codec(), dependencies.directory().guard(), terms, json, blocking);
        Transactions transactions = dependencies.transactions();
        SubmitStreams submitStreams = new SubmitStreams(authentication, metrics, waiting::later, this::here);
        streams = submitStreams;
        Watches watches = new Watches(transactions, views, waiting, forwarding, authentication);
        closings.add(watches::close);
        WaitSearch waits =
                new WaitSearch(dependencies.node(), transactions, tables.queries(), forwarding, tables.lease());
        TargetGuard guard = dependencies.directory().guard();
        AwaitedSearch awaited =
                new AwaitedSearch(dependencies.node(), transactions, peers, forwarding, blocking, tables.lease());
        Lists lists = new Lists(tables.queries(), dependencies.codec(), views, waits, awaited, guard);
        TransactionApi api = new TransactionApi(
                new Submits(transactions, intake, views, waiting, router, submitStreams),
                new ClientRequests(transactions, intake, views, waiting, dependencies.joins()),
                new ForwardedGets(transactions, waiting, views, forwarding, waits),
                watches,
                lists,
                router);
        BulkOperations bulk = new BulkOperations(transactions, lists, router, views, blocking, authentication);
        StatisticsView statistics = new StatisticsView(dependencies.node(), peers, metrics, dependencies.directory());
        OperatorView overview = new OperatorView(
                dependencies.directory(), tables, blocking, statistics, new DebugSelection(log, peers, forwarding));
        OperatorApi operator = new OperatorApi(
                transactions,
                views,
                router,
                overview,
                bulk,
                new OperationTranslation(terms.limits().payloadBytes()),
                new Payloads(json, blocking));
        TopicApi topics = new TopicApi(tables.topics(), transactions, intake, forwarding, blocking, router);
        return List.of(api, operator, topics);
    }

    /** Returns the event loop of the current thread. */
    private Executor here() {
        for (EventExecutor loop : loops.group()) {
            if (loop.inEventLoop()) {
                return loop;
            }
        }
        return loops.group().next();
    }

    /** Returns a channel to another coordinator. */
    private ManagedChannel connect(String address) {
        return NettyChannelBuilder.forTarget("dns:///" + address, entrance.towardsPeers())
                .proxyDetector(_ -> null)
                .disableRetry()
                .directExecutor()
                .eventLoopGroup(loops.group())
                .channelType(loops.clientChannel())
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .idleTimeout(10, TimeUnit.MINUTES)
                // A watch has no deadline, and an action a long deadline. Keepalive detects a dead connection.
                .keepAliveTime(PEER_PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PEER_PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true) // a call may wait for a connection that is accepted but not served
                .build();
    }

    public int port() {
        return server.getPort();
    }

    /** Reports the shutdown to health checks and to the clients of streams. The server still serves calls. */
    public void unready() {
        if (isGoing.compareAndSet(false, true)) {
            health.end();
            SubmitStreams open = streams;
            if (open != null) {
                open.drain();
            }
        }
    }

    /** Refuses new calls, waits up to {@code timeout} for open calls, then cancels open calls. Blocks. */
    public void stop(Duration timeout) {
        unready();
        SubmitStreams open = streams;
        if (open != null) {
            open.end();
        }
        CallsWithin calls = within;
        List<Server> both = calls == null ? List.of(server) : List.of(server, calls.server());
        long until = System.nanoTime() + timeout.toNanos();
        both.forEach(Server::shutdown);
        try {
            for (Server one : both) {
                if (!one.awaitTermination(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    one.shutdownNow();
                }
            }
        } catch (InterruptedException hurried) {
            both.forEach(Server::shutdownNow);
            Thread.currentThread().interrupt();
        }
        if (calls != null) {
            calls.close();
        }
        closings.forEach(Runnable::run);
    }
}

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
 * The gRPC server: services, health and reflection behind authentication, on the shared event loops, without a thread
 * of its own.
 *
 * <p>It is bound first, and serves later: a coordinator's address must be known, its port maybe chosen by the system,
 * before it may hold a transaction. Until then it answers ENT-051.
 */
public final class ApiServer {
    /** A plan with its JSON bodies may be larger than what is stored of it. */
    private static final int ROOM_BEYOND_PLAN_BYTES = 1 << 20;

    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int MAX_CALLS_PER_CONNECTION = 8192;
    /** Another coordinator that is silent for so long is asked, and has as long to answer. */
    private static final int PEER_PING_SECONDS = 10;

    /** A client may give up all its calls at once, and do so again with the next ones. */
    private static final int MAX_RESETS = 50_000;

    private static final int RESETS_SECONDS = 10;
    /** Half of what clients may be told to use: a PING that comes a little early breaks nothing. */
    private static final int KEEP_ALIVE_SECONDS = 5;

    private static final int PING_SECONDS = 60;
    private static final int PONG_SECONDS = 20;
    private static final int HANDSHAKE_SECONDS = 20;
    /** A connection without a call for so long is ended; its client opens another one with its next call. */
    private static final Duration MAX_IDLE = Duration.ofMinutes(30);
    /** A connection so old, a tenth more or less, takes no new call. */
    public static final Duration MAX_AGE = Duration.ofHours(12);
    /** Calls that are under way on a connection too old have so long to end. */
    private static final Duration MAX_GRACE = Duration.ofMinutes(5);

    /**
     * The largest answer taken from another coordinator: a transaction with all its stored responses. The command line
     * takes as much.
     */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private final EventLoops loops;
    private final ApiSecurity entrance;
    private final Metrics metrics;
    private final Authentication authentication;
    private final LateServices late;
    private final HealthReport health = new HealthReport();
    private final Server server;
    private final int maxRequestBytes;
    private final AtomicBoolean isGoing = new AtomicBoolean();
    /** Run when the server stops. */
    private final List<Runnable> closings = new ArrayList<>();

    private volatile @Nullable SubmitStreams streams;
    private volatile @Nullable CallsWithin within;

    /**
     * Binds the address, behind a gate that refuses calls until the coordinator serves.
     *
     * @param maxPlanBytes of a stored plan
     * @param age after which a connection takes no new call, at least a second
     * @throws IOException if the address is taken
     * @throws IllegalArgumentException if the entrance's certificates are of no use
     */
    public ApiServer(
            InetSocketAddress address,
            EventLoops loops,
            ApiSecurity entrance,
            int maxPlanBytes,
            Duration age,
            Metrics metrics)
            throws IOException {
        this.loops = loops;
        this.entrance = entrance;
        this.metrics = metrics;
        this.authentication = new Authentication(entrance, metrics);
        this.late = new LateServices();
        this.maxRequestBytes = maxPlanBytes + ROOM_BEYOND_PLAN_BYTES;
        // Interceptors run in the reverse order of their registration: measure all, let nobody in too early, ask who
        // it is, then count those who are nobody.
        this.server = NettyServerBuilder.forAddress(address, entrance.server())
                .bossEventLoopGroup(loops.group())
                .workerEventLoopGroup(loops.group())
                .channelType(loops.serverChannel())
                .directExecutor()
                .maxInboundMessageSize(maxRequestBytes)
                .maxInboundMetadataSize(MAX_HEADER_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .maxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS)
                .permitKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PONG_SECONDS, TimeUnit.SECONDS)
                .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
                .maxConnectionIdle(MAX_IDLE.toMinutes(), TimeUnit.MINUTES)
                .maxConnectionAge(age.toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(grace(age).toMillis(), TimeUnit.MILLISECONDS)
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

    /** Streams and watches move to another connection when this one ends; they are told so before. */
    private static Duration grace(Duration age) {
        return age.compareTo(MAX_GRACE) < 0 ? age : MAX_GRACE;
    }

    /** Older tools know only this one. */
    @SuppressWarnings("deprecation")
    private static BindableService alphaReflection() {
        return ProtoReflectionService.newInstance();
    }

    /**
     * Serves from now on.
     *
     * @param isReady whether this coordinator takes work, which clients are told when they ask for its health
     */
    public void serve(Backend backend, ApiLimits terms, BooleanSupplier isReady) {
        AuditedCalls audited = new AuditedCalls(entrance.trail());
        List<ServerServiceDefinition> services = services(backend, terms).stream()
                .map(service -> ServerInterceptors.intercept(service, audited))
                .toList();
        within = new CallsWithin(services, List.of(authentication, new Measuring(metrics)));
        services.forEach(late::add);
        late.open();
        health.follow(isReady, loops.group().next());
    }

    /** Returns what serves the same by JSON over HTTP. After {@link #serve}. */
    public ConnectCalls overHttp() {
        return new ConnectCalls(within(), maxRequestBytes);
    }

    /** Returns who signs in to the console; null where callers need no token. */
    public @Nullable ConsoleSessions consoleSessions(SessionTable table) {
        TokenFile tokens = entrance.tokens();
        return tokens == null ? null : new ConsoleSessions(tokens, table, entrance.trail());
    }

    /** Returns what serves the same to a part of this process. After {@link #serve}. */
    public CallsWithin within() {
        return Objects.requireNonNull(within, "it does not serve yet");
    }

    private List<BindableService> services(Backend backend, ApiLimits terms) {
        Backend.Tables tables = backend.tables();
        Peers peers = new Peers(backend.node(), backend.peers(), tables.queries()::owners);
        // Names are shown from the first answer on.
        var _ = peers.all();
        Forwarding forwarding = new Forwarding(peers, entrance.peers(), this::connect);
        Relay relay = new Relay(forwarding);
        Blocking blocking = new Blocking();
        EndWaiters waiting = new EndWaiters(backend.transactions());
        closings.addAll(List.of(waiting::close, blocking::close, forwarding::close));
        JsonPayloads json = new JsonPayloads(backend.directory().methods());
        TransactionViews views = new TransactionViews(new TransactionTranslation(peers), json, blocking);
        PlanIntake intake = new PlanIntake(backend.codec(), backend.directory().guard(), terms, json, blocking);
        Transactions transactions = backend.transactions();
        SubmitStreams submitStreams = new SubmitStreams(authentication, metrics, waiting::later, this::here);
        streams = submitStreams;
        Watches watches = new Watches(transactions, views, waiting, forwarding, authentication);
        closings.add(watches::close);
        WaitLook waits = new WaitLook(backend.node(), transactions, tables.queries(), forwarding, tables.lease());
        TargetGuard guard = backend.directory().guard();
        Lists lists = new Lists(tables.queries(), backend.codec(), views, waits, guard, tables.lease());
        TransactionApi api = new TransactionApi(
                new Submits(transactions, intake, views, waiting, relay, submitStreams),
                new ActRequests(transactions, intake, views, waiting, backend.joins()),
                new SlicedGets(transactions, waiting, views, forwarding, waits),
                watches,
                lists,
                relay);
        BulkActs bulk = new BulkActs(transactions, lists, relay, views, blocking, authentication);
        StatisticsView statistics = new StatisticsView(backend.node(), peers, metrics);
        OperatorView overview = new OperatorView(backend.directory(), tables, blocking, statistics);
        OperatorApi operator = new OperatorApi(
                transactions,
                views,
                relay,
                overview,
                bulk,
                new StatedActs(terms.limits().payloadBytes()),
                new Payloads(json, blocking));
        TopicApi topics = new TopicApi(tables.topics(), transactions, intake, forwarding, blocking, relay);
        return List.of(api, operator, topics);
    }

    /** The event loop that this thread is. */
    private Executor here() {
        for (EventExecutor loop : loops.group()) {
            if (loop.inEventLoop()) {
                return loop;
            }
        }
        return loops.group().next();
    }

    /** A channel to another coordinator. */
    private ManagedChannel connect(String address) {
        return NettyChannelBuilder.forTarget("dns:///" + address, entrance.towardsPeers())
                .proxyDetector(_ -> null)
                .disableRetry()
                .directExecutor()
                .eventLoopGroup(loops.group())
                .channelType(loops.clientChannel())
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .idleTimeout(10, TimeUnit.MINUTES)
                // A watch has no deadline, and an act a long one: this tells when the other end is gone without a word.
                .keepAliveTime(PEER_PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PEER_PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true) // calls wait for a connection that is accepted and never served
                .build();
    }

    /** The port it listens on. */
    public int port() {
        return server.getPort();
    }

    /** Tells health checks and the clients of streams that it goes; still serves. */
    public void unready() {
        if (isGoing.compareAndSet(false, true)) {
            health.end();
            SubmitStreams open = streams;
            if (open != null) {
                open.drain();
            }
        }
    }

    /** No new calls; waits so long for those under way, then breaks them off. Blocks. */
    public void stop(Duration patience) {
        unready();
        SubmitStreams open = streams;
        if (open != null) {
            open.end();
        }
        CallsWithin calls = within;
        List<Server> both = calls == null ? List.of(server) : List.of(server, calls.server());
        long until = System.nanoTime() + patience.toNanos();
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

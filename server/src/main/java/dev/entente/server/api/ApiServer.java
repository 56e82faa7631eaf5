package dev.entente.server.api;

import dev.entente.server.api.access.ApiSecurity;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.api.wire.LateServices;
import dev.entente.server.api.wire.StartupGate;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.telemetry.Metrics;
import io.grpc.BindableService;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * The largest answer taken from another coordinator: a transaction with all its stored responses. The command line
     * takes as much.
     */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int MAX_CALLS_PER_CONNECTION = 8192;

    private final EventLoops loops;
    private final ChannelCredentials towardsPeers;
    private final Server server;
    private final LateServices services;
    private final StartupGate gate;
    private final HealthReport health;
    private final Authentication authentication;
    private final Metrics metrics;
    private final List<Runnable> closings = new ArrayList<>();
    private final AtomicBoolean isGoing = new AtomicBoolean();
    private volatile @Nullable SubmitStreams streams;

    private ApiServer(
            EventLoops loops, ChannelCredentials towardsPeers, Server server, LateServices services, Doors doors) {
        this.loops = loops;
        this.towardsPeers = towardsPeers;
        this.server = server;
        this.services = services;
        this.gate = doors.gate();
        this.health = doors.health();
        this.authentication = doors.authentication();
        this.metrics = doors.metrics();
    }

    /** The parts that each call passes through. */
    private record Doors(StartupGate gate, HealthReport health, Authentication authentication, Metrics metrics) {}

    /**
     * Binds the address, behind a gate that refuses calls until the coordinator serves.
     *
     * @param maxPlanBytes of a stored plan
     * @throws IOException if the address is taken
     * @throws IllegalArgumentException if the entrance's certificates are of no use
     */
    public static ApiServer bind(
            InetSocketAddress address, EventLoops loops, ApiSecurity entrance, int maxPlanBytes, Metrics metrics)
            throws IOException {
        HealthReport health = new HealthReport();
        StartupGate gate = new StartupGate();
        Authentication authentication = new Authentication(entrance.tokens());
        LateServices services = new LateServices(gate);
        // Interceptors run in the reverse order of their registration: measure all, let nobody in too early, then ask
        // who it is.
        Server server = NettyServerBuilder.forAddress(address, entrance.server())
                .bossEventLoopGroup(loops.group())
                .workerEventLoopGroup(loops.group())
                .channelType(loops.serverChannel())
                .directExecutor()
                .maxInboundMessageSize(maxPlanBytes + ROOM_BEYOND_PLAN_BYTES)
                .maxInboundMetadataSize(MAX_HEADER_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(60, TimeUnit.SECONDS)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .intercept(authentication)
                .intercept(gate)
                .intercept(new Measuring(metrics))
                .addService(health.service())
                .addService(ProtoReflectionServiceV1.newInstance())
                .addService(alphaReflection())
                .fallbackHandlerRegistry(services)
                .build()
                .start();
        return new ApiServer(
                loops, entrance.towardsPeers(), server, services, new Doors(gate, health, authentication, metrics));
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
        Peers peers = new Peers(backend.node(), backend.peers(), backend.records()::nodes);
        // Names are shown from the first answer on.
        var _ = peers.all();
        Forwarding forwarding = new Forwarding(peers, this::connect);
        Relay relay = new Relay(forwarding);
        Blocking blocking = new Blocking(terms.maxQueries());
        EndWaiters waiting = new EndWaiters(backend.transactions(), terms.maxWaiting());
        JsonPayloads json = new JsonPayloads(backend.directory());
        TransactionViews views = new TransactionViews(new TransactionTranslation(peers), json, blocking);
        PlanIntake intake = new PlanIntake(
                backend.codec(), terms.limits(), backend.directory().guard(), terms.retention(), Instant::now);
        PlanRequests plans = new PlanRequests(intake, json, blocking);
        SubmitStreams streams = new SubmitStreams(authentication, metrics, waiting::later, this::here);
        TransactionApi.Parts parts = new TransactionApi.Parts(
                new Submits(backend.transactions(), plans, views, waiting, relay, streams),
                new SlicedGets(backend.transactions(), waiting, views, forwarding),
                new Watches(backend.transactions(), views, waiting, forwarding, authentication),
                new Lists(backend.records(), backend.codec(), views, terms.paging()));
        services.add(new TransactionApi(backend.transactions(), plans, views, waiting, relay, parts));
        this.streams = streams;
        BulkActs bulk = new BulkActs(backend.transactions(), backend.records(), relay, views, blocking, authentication);
        OperatorView overview = new OperatorView(backend.directory(), backend.records(), terms.paging());
        services.add(new OperatorApi(
                backend.transactions(),
                views,
                relay,
                overview,
                bulk,
                terms.limits().payloadBytes()));
        services.add(new TopicApi(new TopicApi.Parts(
                backend.transactions(), backend.records(), intake, relay, forwarding, blocking, terms.paging())));
        closings.addAll(List.of(waiting::close, blocking::close, forwarding::close));
        gate.open();
        health.follow(isReady, loops.group().next());
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
        return NettyChannelBuilder.forTarget(address, towardsPeers)
                .disableRetry()
                .directExecutor()
                .eventLoopGroup(loops.group())
                .channelType(loops.clientChannel())
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .idleTimeout(10, TimeUnit.MINUTES)
                // A watch has no deadline: this tells when the machine at the other end is gone without a word.
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
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
        server.shutdown();
        try {
            if (!server.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException hurried) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        closings.forEach(Runnable::run);
    }
}

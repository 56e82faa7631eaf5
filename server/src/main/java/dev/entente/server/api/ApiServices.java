package dev.entente.server.api;

import dev.entente.server.api.access.ApiSecurity;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.telemetry.Metrics;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The coordinator's services, composed once it may hold transactions, and what ends with them. Thread-safe. */
final class ApiServices {
    /**
     * The largest answer taken from another coordinator: a transaction with all its stored responses. The command line
     * takes as much.
     */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private final EventLoops loops;
    private final ApiSecurity entrance;
    private final Authentication authentication;
    private final Metrics metrics;
    private final List<Runnable> closings = new ArrayList<>();
    private volatile @Nullable SubmitStreams streams;

    ApiServices(EventLoops loops, ApiSecurity entrance, Authentication authentication, Metrics metrics) {
        this.loops = loops;
        this.entrance = entrance;
        this.authentication = authentication;
        this.metrics = metrics;
    }

    /** To be called once. */
    List<BindableService> of(Backend backend, ApiLimits terms) {
        Peers peers = new Peers(backend.node(), backend.peers(), backend.records()::nodes);
        // Names are shown from the first answer on.
        var _ = peers.all();
        Forwarding forwarding = new Forwarding(peers, entrance.peers(), this::connect);
        Relay relay = new Relay(forwarding);
        Blocking blocking = new Blocking(terms.maxQueries());
        EndWaiters waiting = new EndWaiters(backend.transactions(), terms.maxWaiting());
        closings.addAll(List.of(waiting::close, blocking::close, forwarding::close));
        JsonPayloads json = new JsonPayloads(backend.directory().methods());
        TransactionViews views = new TransactionViews(new TransactionTranslation(peers), json, blocking);
        PlanIntake intake = new PlanIntake(
                backend.codec(),
                terms.limits(),
                backend.directory().guard(),
                terms.retention(),
                terms.approvesOnExpiry(),
                Instant::now);
        PlanRequests plans = new PlanRequests(intake, json, blocking);
        Transactions transactions = backend.transactions();
        SubmitStreams submitStreams = new SubmitStreams(authentication, metrics, waiting::later, this::here);
        streams = submitStreams;
        TransactionApi api = new TransactionApi(
                new Submits(transactions, plans, views, waiting, relay, submitStreams),
                new ActRequests(transactions, plans, views, waiting, backend.joins()),
                new SlicedGets(transactions, waiting, views, forwarding),
                new Watches(transactions, views, waiting, forwarding, authentication),
                new Lists(backend.records(), backend.codec(), views),
                relay);
        BulkActs bulk = new BulkActs(transactions, backend.records(), relay, views, blocking, authentication);
        OperatorView overview = new OperatorView(backend.directory(), backend.records());
        OperatorApi operator = new OperatorApi(
                transactions,
                views,
                relay,
                overview,
                bulk,
                new StatedActs(terms.limits().payloadBytes()));
        Unsubscribing unsubscribing = new Unsubscribing(transactions, backend.records(), forwarding, blocking);
        TopicApi topics = new TopicApi(backend.records(), intake, unsubscribing, relay);
        return List.of(api, operator, topics);
    }

    /** Tells the clients of streams that it goes. */
    void drain() {
        SubmitStreams open = streams;
        if (open != null) {
            open.drain();
        }
    }

    void endStreams() {
        SubmitStreams open = streams;
        if (open != null) {
            open.end();
        }
    }

    void close() {
        closings.forEach(Runnable::run);
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
}

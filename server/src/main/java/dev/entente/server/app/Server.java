package dev.entente.server.app;

import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.ApiDependencies;
import dev.entente.server.api.ApiLimits;
import dev.entente.server.api.ApiServer;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.ConsoleSessions;
import dev.entente.server.api.access.PeerProof;
import dev.entente.server.api.access.ProxyUsers;
import dev.entente.server.api.access.Tokens;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.console.Console;
import dev.entente.server.console.ConsoleMode;
import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.console.part.SignedInUsers;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.incarnation.Coordinator;
import dev.entente.server.http.HttpPort;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.store.BulkRunTable;
import dev.entente.server.store.Database;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.MinuteCounts;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.QueuedAuditTrail;
import dev.entente.server.store.admin.Retention;
import dev.entente.server.store.admin.Schema;
import dev.entente.server.store.admin.SessionTable;
import dev.entente.server.store.admin.Subscriptions;
import dev.entente.server.store.admin.TableCounts;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Telemetry;
import dev.entente.server.telemetry.Traces;
import dev.entente.server.telemetry.TransactionEventLog;
import dev.entente.v1.TransactionServiceOuterClass;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One coordinator; {@link #start} composes all its parts in one place. */
public final class Server {
    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final Configuration configuration;
    /** Closes the opened parts, the last one first. */
    private final Deque<Runnable> closings = new ArrayDeque<>();

    private volatile @Nullable Coordinator coordinator;
    private @Nullable ApiServer api;
    private @Nullable Ready ready;
    /** The end of a drain. */
    private long untilNanos = System.nanoTime();

    private Server(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * The facts that the server reports when it is ready.
     *
     * @param grpc {@code host:port}
     * @param http {@code host:port}
     * @param schema its version
     * @param recovered transactions taken over from earlier coordinators before the first request; if there are many,
     *     the others are taken over later
     */
    public record Ready(String grpc, String http, String jdbc, int schema, int recovered, long pid, long readyMillis) {}

    /** Loads classes that each start needs on a separate thread, while another thread reads the command line. */
    public static void preload() {
        Thread.ofPlatform().name("entente-preload").daemon().start(() -> {
            EventLoops.start(1).close();
            var _ = TransactionServiceOuterClass.getDescriptor();
            var _ = Metrics.withoutJvm();
            HttpPort.preload();
        });
    }

    /**
     * Opens all parts and takes over unfinished transactions; serves after the return.
     *
     * @throws StartupFailure after all parts are closed again
     */
    public static Server start(Configuration configuration) {
        return start(configuration, false);
    }

    /**
     * Starts a server inside another program, for its tests; participants of this machine may announce themselves.
     *
     * @param settings keys and values, as in the file
     * @throws StartupFailure after all parts are closed again
     */
    public static Server startForTests(Map<String, String> settings) {
        Map<String, Settings.Given> given = new TreeMap<>();
        settings.forEach((key, value) -> given.put(key, new Settings.Given(value, "the test")));
        return start(Configuration.of(Settings.gather(null, Map.of(), given)).takingAnnouncements());
    }

    /** @param parksAll whether each open transaction is first parked as RESTORED */
    public static Server start(Configuration configuration, boolean parksAll) {
        Server server = new Server(configuration);
        try {
            server.open(parksAll);
            return server;
        } catch (RuntimeException failed) {
            server.close(); // opened parts would keep the process alive
            throw failed;
        }
    }

    private void open(boolean parksAll) {
        long began = System.nanoTime();
        Database database = opened(Database.of(configuration.database()), Database::close);
        database.awaitAnswer();
        int schema = prepareSchema(database);
        if (parksAll) {
            new Failover(database).parkRestored();
        }

        Traces traces = opened(OtlpTransport.traces(configuration, this::databaseNow), Traces::close);
        Metrics metrics = traces.areOn() ? Metrics.withExemplars() : Metrics.prometheus();
        ScheduledExecutorService files = opened(
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("entente-files").daemon().factory()),
                ExecutorService::shutdownNow);
        Ports ports = new Ports(configuration, metrics, this::databaseNow, files, closings::push);
        CompletableFuture<HttpPort> binding = opened(ports.http(), Ports::close);
        SharedKeys keys = opened(new SharedKeys(database), SharedKeys::close);
        EventLoops loops = opened(EventLoops.start(), EventLoops::close);
        QueuedAuditTrail trail =
                opened(QueuedAuditTrail.start(database, metrics, this::toDrain), QueuedAuditTrail::close);
        PeerProof peers = keys.peers(configuration.node(), this::databaseNow);
        ApiServer bound = opened(ports.grpc(peers, trail, loops), server -> server.stop(GOODBYE));

        WheelTimers timers = opened(new WheelTimers(), WheelTimers::close);
        // Commit results run on the event loops of the calls: a call from its own event loop needs no thread wake-up.
        Executor results = loops.group();
        String address = configuration.advertised(bound.port());
        Registration registration = new Registration(
                database, configuration.node(), address, configuration.get(Setting.LEASE), results, metrics);
        PlanCodec codec = configuration.codec();
        TransactionEventLog log = new TransactionEventLog(
                configuration.get(Setting.TELEMETRY_DEBUG_GID),
                configuration.get(Setting.TELEMETRY_SLOW),
                System::nanoTime);
        EngineEnvironment environment = timers.environment(new Telemetry(metrics, traces, log));
        ReloadedParticipants reloaded = new ReloadedParticipants(configuration, files, metrics);
        CalledParticipants participants = opened(called(configuration, loops, metrics), CalledParticipants::close);
        JoinTokens joins = keys.joins();
        participants.joinBy(joins);
        if (configuration.takesAnnouncements()) {
            participants.takeAnnouncements();
        }
        EngineSettings settings = configuration.engine(codec);
        Coordinator running = new Coordinator(
                registration::next,
                new Decider(configuration.times().noProgress()),
                participants,
                environment,
                settings,
                trail::add);
        registration.whenEnded(running::incarnationEnded);
        coordinator = running;
        api = bound;
        metrics.show(MetricName.OPEN, running::open);
        metrics.show(MetricName.OPEN_BYTES, running::openBytes);
        metrics.show(MetricName.OPEN_BYTES_LIMIT, settings::maxOpenBytes);
        metrics.show(MetricName.STORE_QUEUE, registration::waitingWrites);
        HttpPort http = joined(binding);
        int recovered = joined(running.start());
        ApiDependencies dependencies = new ApiDependencies(
                configuration.node(),
                running,
                registration::peers,
                codec,
                participants,
                tables(database, registration, participants, results),
                joins);
        bound.serve(dependencies, configuration.limits(), running::isReady, log);
        if (configuration.get(Setting.HTTP_API)) {
            http.serve(bound.overHttp());
        }
        showConsole(http, bound, database, results);
        upkeep(database, metrics);
        var _ = opened(reloaded.watch(participants), Runnable::run);
        http.ready(running::isReady);
        ready = ready(bound, http, schema, recovered, Duration.ofNanos(System.nanoTime() - began));
    }

    private void showConsole(HttpPort http, ApiServer api, Database database, Executor results) {
        ConsoleMode mode = configuration.get(Setting.CONSOLE);
        if (mode != ConsoleMode.OFF) {
            ConsoleSessions sessions = api.consoleSessions(new SessionTable(database, consoleQuestions(results)));
            http.show(new Console(
                    (client, user) ->
                            api.within().from(client, user.token(), user.isFromProxy() ? user.principal() : ""),
                    sessions == null ? null : users(sessions, new Schema(database).databaseId()),
                    new BulkRunTable(database, consoleQuestions(results)),
                    mode == ConsoleMode.ON,
                    this::databaseNow));
        }
    }

    private QueryExecutor consoleQuestions(Executor results) {
        return opened(
                QueryExecutor.forUnauthenticated(results, SessionTable.MAX_ASKED, configuration.database()),
                QueryExecutor::close);
    }

    private SignedInUsers users(ConsoleSessions sessions, String database) {
        ProxyUsers others = configuration.proxyUsers();
        return new SignedInUsers(
                sessions::begin,
                id -> visitor(sessions.find(id)),
                name -> visitor(name, others.roles(name), ""),
                sessions::end,
                database);
    }

    private static @Nullable ConsoleUser visitor(Tokens.@Nullable Token token) {
        return token == null ? null : visitor(token.name(), token.roles(), token.hash());
    }

    private static ConsoleUser visitor(String name, Set<Access> roles, String token) {
        Set<String> labels = roles.stream().map(Access::label).collect(Collectors.toUnmodifiableSet());
        return new ConsoleUser(name, labels, token, false);
    }

    private void upkeep(Database database, Metrics metrics) {
        Duration keep = configuration.get(Setting.RETENTION_FINISHED);
        opened(new Retention(database, keep), Retention::close).start();
        opened(new TableCounts(database, keep, metrics), TableCounts::close).start();
        opened(new MinuteCounts(database, configuration.node(), metrics, this::databaseNow), MinuteCounts::close)
                .start();
    }

    private Ready ready(ApiServer grpc, HttpPort http, int schema, int recovered, Duration took) {
        return new Ready(
                text(configuration.grpc(), grpc.port()),
                text(configuration.http(), http.port()),
                configuration.database().jdbcUrl(),
                schema,
                recovered,
                ProcessHandle.current().pid(),
                took.toMillis());
    }

    static CalledParticipants called(Configuration configuration, EventLoops loops, Metrics metrics) {
        try {
            return new CalledParticipants(
                    configuration.participants(),
                    configuration.get(Setting.TARGETS_ALLOW),
                    configuration.get(Setting.TARGETS_NETWORKS),
                    configuration.times().connect(),
                    loops,
                    metrics,
                    new BrokerConnectors(configuration.get(Setting.CONNECTORS_DIRECTORY))::open);
        } catch (IllegalArgumentException useless) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants: " + useless.getMessage() + "; a target is host:port or a URL",
                    useless);
        }
    }

    private ApiDependencies.Tables tables(
            Database database, Registration registration, CalledParticipants participants, Executor results) {
        QueryExecutor people = opened(
                QueryExecutor.forUserQueries(results, configuration.database(), ApiLimits::secondsLeft),
                QueryExecutor::close);
        QueryExecutor acts = opened(
                QueryExecutor.ofActs(results, ApiLimits.MAX_QUERIES, configuration.database()), QueryExecutor::close);
        return new ApiDependencies.Tables(
                new Queries(database, people, acts, opened(new QueryExecutor(results), QueryExecutor::close)),
                new AuditLog(database, people),
                new Subscriptions(database, acts),
                new Failover(database),
                configuration.get(Setting.LEASE),
                registration::cluster,
                new Doctor(configuration, database, participants, true));
    }

    private <T> T opened(T resource, Consumer<T> close) {
        closings.push(() -> close.accept(resource));
        return resource;
    }

    private int prepareSchema(Database database) {
        Schema schema = new Schema(database);
        if (configuration.get(Setting.DATABASE_MIGRATE)) {
            int migrations = schema.migrate();
            log.info("ran {} migrations", migrations);
        }
        return schema.check();
    }

    /** Returns the database's time, or this machine's time before the coordinator exists. */
    private Instant databaseNow() {
        Coordinator running = coordinator;
        return running == null ? Instant.now() : running.databaseNow();
    }

    /** @throws StartupFailure if {@code begun} failed with it */
    private static <T> T joined(CompletableFuture<T> begun) {
        try {
            return begun.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
        }
    }

    private static String text(InetSocketAddress address, int port) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    public Ready ready() {
        return Objects.requireNonNull(ready, "the server has not started");
    }

    /** Finishes open work within the configured time, leaves the rest to others, and closes all parts. Blocks. */
    public void drain() {
        Coordinator running = coordinator;
        ApiServer served = api;
        if (running != null && served != null) {
            log.info("shutting down: {} transactions are open here", running.open());
            served.unready();
            running.drain();
            untilNanos = System.nanoTime() + configuration.get(Setting.DRAIN).toNanos();
            while (running.open() > 0 && System.nanoTime() - untilNanos < 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            log.info("shut down; other coordinators, or the next start, continue unfinished transactions");
        }
        close();
    }

    /** Returns the remaining time of the drain, at least {@link #GOODBYE}. */
    private Duration toDrain() {
        return Duration.ofNanos(Math.max(GOODBYE.toNanos(), untilNanos - System.nanoTime()));
    }

    private void close() {
        Coordinator running = coordinator;
        if (running != null) {
            try {
                running.retire().get(GOODBYE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException unanswered) {
                log.warn(
                        "could not sign off in the database ({}): other coordinators take over only when the lease"
                                + " expires",
                        unanswered.toString());
            }
        }
        while (!closings.isEmpty()) {
            try {
                closings.pop().run();
            } catch (RuntimeException | Error defect) {
                // The process ends: no metric is scraped any more, and the other parts must be closed.
                log.error("could not close a part of the server; closing the rest", defect);
            }
        }
    }
}

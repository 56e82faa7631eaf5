package dev.entente.server.telemetry;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The meters of a coordinator. Thread-safe; each method on the hot path is an array look-up and an addition, for every
 * meter is found when this is made and none by its labels later. Durations in nanoseconds where they are measured per
 * call.
 */
public final class Metrics {
    /** Beyond so many methods, paths or places, the rest is one: labels stay bounded whoever makes them up. */
    private static final int MAX_VALUES = 200;

    private static final String OTHER = "other";

    private final MeterRegistry registry;
    private final Meters meters;
    private final Map<Pattern, Counter> accepted = new EnumMap<>(Pattern.class);
    private final Map<Pattern, Counter> known = new EnumMap<>(Pattern.class);
    private final Map<Pattern, Map<TransactionState, Timer>> lives = new EnumMap<>(Pattern.class);
    private final Map<AbortReason, Counter> turned = new EnumMap<>(AbortReason.class);
    private final Map<ParkReason, Counter> parked = new EnumMap<>(ParkReason.class);
    private final Counter unparked;
    private final Counter adopted;
    private final Counter leaseLost;
    private final Counter inDoubt;
    private final Counter auditDropped;
    private final Counter openCallsRefused;
    private final Timer batches;
    private final DistributionSummary batchSizes;
    private final TableGauges table;
    private final Map<String, Counter> repeated = new ConcurrentHashMap<>();
    private final Map<String, Counter> httpRefused = new ConcurrentHashMap<>();
    private final Map<String, Counter> caught = new ConcurrentHashMap<>();
    private final Map<String, Counter> doubted = new ConcurrentHashMap<>();
    private final Map<String, Gauge> tokenUses = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Timer>> rpcs = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Counter>> requests = new ConcurrentHashMap<>();

    private Metrics(MeterRegistry registry) {
        this.registry = registry;
        this.meters = new Meters(registry);
        for (Pattern pattern : Pattern.values()) {
            accepted.put(pattern, meters.counter(MetricName.ACCEPTED, Meters.label(pattern)));
            known.put(pattern, meters.counter(MetricName.KNOWN, Meters.label(pattern)));
            lives.put(pattern, livesOf(pattern));
        }
        for (AbortReason reason : AbortReason.values()) {
            turned.put(reason, meters.counter(MetricName.TURNED, Meters.label(reason)));
        }
        for (ParkReason reason : ParkReason.values()) {
            parked.put(reason, meters.counter(MetricName.PARKED, Meters.label(reason)));
        }
        unparked = meters.counter(MetricName.UNPARKED);
        table = new TableGauges(meters);
        adopted = meters.counter(MetricName.ADOPTED);
        leaseLost = meters.counter(MetricName.LEASE_LOST);
        inDoubt = meters.counter(MetricName.IN_DOUBT);
        auditDropped = meters.counter(MetricName.AUDIT_DROPPED);
        openCallsRefused = meters.counter(MetricName.OPEN_CALLS_REFUSED);
        batches = meters.timer(MetricName.BATCH);
        batchSizes = meters.sizes(MetricName.BATCH_SIZE, 1, 4, 16, 64, 128, 256, 512);
    }

    private Map<TransactionState, Timer> livesOf(Pattern pattern) {
        Map<TransactionState, Timer> timers = new EnumMap<>(TransactionState.class);
        Arrays.stream(TransactionState.values())
                .filter(TransactionState::isTerminal)
                .forEach(state -> timers.put(
                        state, meters.lifeTimer(MetricName.TRANSACTION, Meters.label(pattern), Meters.label(state))));
        return timers;
    }

    /** For {@code /metrics}: ours and the JVM's. */
    @SuppressWarnings("resource") // JvmGcMetrics listens as long as the process lives.
    public static Metrics prometheus() {
        Metrics metrics = withoutJvm();
        new JvmMemoryMetrics().bindTo(metrics.registry);
        new JvmGcMetrics().bindTo(metrics.registry);
        new JvmThreadMetrics().bindTo(metrics.registry);
        new ProcessorMetrics().bindTo(metrics.registry);
        new UptimeMetrics().bindTo(metrics.registry);
        return metrics;
    }

    /** As {@link #prometheus}, without the JVM's. */
    public static Metrics withoutJvm() {
        return new Metrics(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    /** For simulations and tests: counts nothing. */
    public static Metrics none() {
        return new Metrics(new CompositeMeterRegistry());
    }

    /** All of it in Prometheus' text format 0.0.4; empty if nothing is counted. */
    public String exposition() {
        return registry instanceof PrometheusMeterRegistry prometheus ? prometheus.scrape() : "";
    }

    /** The meters of calls to that participant; its name must come from a bounded set. */
    public CallMeters calls(String participant) {
        return new CallMeters(meters, participant);
    }

    /** Shows how a participant stands; asked at each scrape. */
    public void showParticipant(String participant, IntSupplier inFlight, IntSupplier waiting, IntSupplier circuit) {
        meters.gauge(MetricName.IN_FLIGHT, inFlight::getAsInt, participant);
        meters.gauge(MetricName.WAITING, waiting::getAsInt, participant);
        meters.gauge(MetricName.CIRCUIT, circuit::getAsInt, participant);
    }

    /** Shows whether calls to a participant go over a stream; asked at each scrape. */
    public void showStream(String participant, BooleanSupplier isStreaming) {
        meters.gauge(MetricName.STREAMING, () -> isStreaming.getAsBoolean() ? 1 : 0, participant);
    }

    public void accepted(Pattern pattern) {
        count(accepted, pattern);
    }

    /** A submission was answered from what stood already. */
    public void known(Pattern pattern) {
        count(known, pattern);
    }

    /**
     * A transaction became terminal.
     *
     * @param sinceCreated by two clocks, the database's and this machine's: less than nothing counts as nothing
     * @throws IllegalArgumentException if the state is not terminal
     */
    public void finished(Pattern pattern, TransactionState state, Duration sinceCreated) {
        Map<TransactionState, Timer> timers = lives.get(pattern);
        Timer timer = timers == null ? null : timers.get(state);
        if (timer == null) {
            throw new IllegalArgumentException(state + " is not terminal");
        }
        timer.record(sinceCreated.isNegative() ? Duration.ZERO : sinceCreated);
    }

    public void turned(AbortReason reason) {
        count(turned, reason);
    }

    public void parked(ParkReason reason) {
        count(parked, reason);
    }

    public void unparked() {
        unparked.increment();
    }

    /** Counts rows that were taken over or claimed. */
    public void adopted(int rows) {
        adopted.increment(rows);
    }

    public void leaseLost() {
        leaseLost.increment();
    }

    /** One group commit was answered. */
    public void batch(int operations, long nanos) {
        batchSizes.record(operations);
        batches.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void inDoubt() {
        inDoubt.increment();
    }

    /**
     * Counts writes that were not taken, and are sent again: {@code conflict}, {@code database}, {@code row} or
     * {@code defect}.
     */
    public void writesRepeated(String cause, int writes) {
        bounded(repeated, cause, each -> meters.counter(MetricName.WRITES_REPEATED, each))
                .increment(writes);
    }

    /**
     * Shows how many tokens are in force, and how their file stands; asked at each scrape.
     *
     * @param file 0 read, 1 missing or damaged, 2 for so long that no token is valid
     */
    public void showTokens(IntSupplier tokens, IntSupplier file) {
        meters.gauge(MetricName.TOKENS, tokens::getAsInt);
        meters.gauge(MetricName.TOKEN_FILE, file::getAsInt);
    }

    /** Shows when a token was used last; its name must come from a bounded set. */
    public void showTokenUse(String token, LongSupplier epochSeconds) {
        tokenUses.put(token, meters.gauge(MetricName.TOKEN_USED, epochSeconds::getAsLong, token));
    }

    /** Shows nothing more of a token that is gone. */
    public void hideTokenUse(String token) {
        Gauge gauge = tokenUses.remove(token);
        if (gauge != null) {
            meters.remove(gauge);
        }
    }

    /** Shows for how long the certificate is valid; negative once it has expired. */
    public void showCertificate(Supplier<Instant> expiry) {
        meters.gauge(MetricName.CERTIFICATE_EXPIRY, secondsTo(expiry));
    }

    /** Shows for how long any authority of a file is valid; negative once none is. */
    public void showAuthorities(String file, Supplier<Instant> expiry) {
        meters.gauge(MetricName.AUTHORITIES_EXPIRY, secondsTo(expiry), file);
    }

    /** Shows for how long the certificates in a file of a participant are valid; negative once they are not. */
    public void showParticipantCertificate(String participant, String file, Supplier<Instant> expiry) {
        meters.gauge(MetricName.PARTICIPANT_CERTIFICATE_EXPIRY, secondsTo(expiry), participant, file);
    }

    private static DoubleSupplier secondsTo(Supplier<Instant> expiry) {
        return () -> Duration.between(Instant.now(), expiry.get()).toSeconds();
    }

    /** Shows whether files of TLS can be used as they are: 0, or 1 where those read before go on. */
    public void showCertificateFile(String file, IntSupplier state) {
        meters.gauge(MetricName.CERTIFICATE_FILE, state::getAsInt, file);
    }

    /** Shows whether a participant's token and key can be used as they are: 0, or 1 where those read before go on. */
    public void showSecretFile(String participant, String file, IntSupplier state) {
        meters.gauge(MetricName.SECRET_FILE, state::getAsInt, participant, file);
    }

    /** A call claimed that another coordinator passed it on: {@code unsigned}, {@code forged} and the like. */
    public void peerDoubted(String why) {
        bounded(doubted, why, each -> meters.counter(MetricName.PEER_DOUBTED, each))
                .increment();
    }

    /** An audit row was not written. */
    public void auditDropped() {
        auditDropped.increment();
    }

    /** A loop went on after an exception that should not have been. */
    public void caught(String where) {
        bounded(caught, where, place -> meters.counter(MetricName.CAUGHT, place))
                .increment();
    }

    /** A call without a token was refused, for too many are under way. */
    public void openCallRefused() {
        openCallsRefused.increment();
    }

    /** Shows how many calls without a token are under way to health and reflection; asked at each scrape. */
    public void showOpenCalls(IntSupplier calls) {
        meters.gauge(MetricName.OPEN_CALLS, calls::getAsInt);
    }

    /** A request over gRPC was answered with that status code. */
    public void rpc(String method, String code, long nanos) {
        Map<String, Timer> byCode = bounded(rpcs, method, _ -> new ConcurrentHashMap<>());
        String name = rpcs.containsKey(method) ? method : OTHER;
        byCode.computeIfAbsent(code, c -> meters.timer(MetricName.RPC, name, c)).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A request over HTTP was answered with that status code. */
    public void http(String path, int code) {
        Map<String, Counter> byCode = bounded(requests, path, _ -> new ConcurrentHashMap<>());
        String name = requests.containsKey(path) ? path : OTHER;
        byCode.computeIfAbsent(Integer.toString(code), c -> meters.counter(MetricName.HTTP, name, c))
                .increment();
    }

    /** The HTTP port refused a request. */
    public void httpRefused(String why) {
        bounded(httpRefused, why, each -> meters.counter(MetricName.HTTP_REFUSED, each))
                .increment();
    }

    /** Shows how many connections the HTTP port has; asked at each scrape. */
    public void showHttpConnections(IntSupplier connections) {
        meters.gauge(MetricName.HTTP_CONNECTIONS, connections::getAsInt);
    }

    /** Shows how many unfinished transactions are held; asked at each scrape. */
    public void showOpen(IntSupplier open) {
        meters.gauge(MetricName.OPEN, open::getAsInt);
    }

    /** Shows how many bytes of payload they have, asked at each scrape, and how many they may have. */
    public void showOpenBytes(LongSupplier bytes, long limit) {
        meters.gauge(MetricName.OPEN_BYTES, bytes::getAsLong);
        meters.gauge(MetricName.OPEN_BYTES_LIMIT, () -> limit);
    }

    /**
     * Shows what stands in the table.
     *
     * @param counts the latest, or null where another coordinator shows them
     */
    public void table(@Nullable OpenCounts counts) {
        table.show(counts);
    }

    /** Shows how many writes wait; asked at each scrape. */
    public void showStoreQueue(IntSupplier queued) {
        meters.gauge(MetricName.STORE_QUEUE, queued::getAsInt);
    }

    private static <V> V bounded(Map<String, V> values, String key, Function<String, V> make) {
        V found = values.get(key);
        if (found != null) {
            return found;
        }
        String bounded = values.size() < MAX_VALUES ? key : OTHER;
        return values.computeIfAbsent(bounded, make);
    }

    private static <E extends Enum<E>> void count(Map<E, Counter> counters, E which) {
        Counter counter = counters.get(which);
        if (counter != null) {
            counter.increment();
        }
    }
}

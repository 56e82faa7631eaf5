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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

    private final Instant since = Instant.now();
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
    private final Map<MetricName, Map<String, Counter>> events = new ConcurrentHashMap<>();
    private final Map<List<String>, Gauge> gauges = new ConcurrentHashMap<>();
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

    /** Returns its sums since it was made. */
    public Totals totals() {
        return Totals.of(since, accepted, lives, adopted, leaseLost);
    }

    /** The meters of calls to that participant; its name must come from a bounded set. */
    public CallMeters calls(String participant) {
        return new CallMeters(meters, participant);
    }

    /** Shows a value, asked at each scrape; the labels' values must come from a bounded set. */
    public void show(MetricName name, DoubleSupplier value, String... labels) {
        gauges.put(key(name, labels), meters.gauge(name, value, labels));
    }

    /** Shows for how many seconds something is valid; negative once it is not. */
    public void showExpiry(MetricName name, Supplier<Instant> expiry, String... labels) {
        show(name, () -> Duration.between(Instant.now(), expiry.get()).toSeconds(), labels);
    }

    /** Shows a value with these labels no more. */
    public void hide(MetricName name, String... labels) {
        Gauge gauge = gauges.remove(key(name, labels));
        if (gauge != null) {
            meters.remove(gauge);
        }
    }

    private static List<String> key(MetricName name, String... labels) {
        return Stream.concat(Stream.of(name.id()), Stream.of(labels)).toList();
    }

    /** Shows how a participant stands; asked at each scrape. */
    public void showParticipant(String participant, IntSupplier inFlight, IntSupplier waiting, IntSupplier circuit) {
        show(MetricName.IN_FLIGHT, inFlight::getAsInt, participant);
        show(MetricName.WAITING, waiting::getAsInt, participant);
        show(MetricName.CIRCUIT, circuit::getAsInt, participant);
    }

    /** Shows a participant no more, that is to be shown anew. */
    public void hideParticipant(String participant) {
        List.of(MetricName.IN_FLIGHT, MetricName.WAITING, MetricName.CIRCUIT, MetricName.STREAMING)
                .forEach(name -> hide(name, participant));
    }

    /** Shows whether calls to a participant go over a stream; asked at each scrape. */
    public void showStream(String participant, BooleanSupplier isStreaming) {
        show(MetricName.STREAMING, () -> isStreaming.getAsBoolean() ? 1 : 0, participant);
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
        count(MetricName.WRITES_REPEATED, cause, writes);
    }

    /** An audit row was not written. */
    public void auditDropped() {
        auditDropped.increment();
    }

    /** A loop went on after an exception that should not have been. */
    public void caught(String where) {
        count(MetricName.CAUGHT, where, 1);
    }

    /** Counts an event whose label says more. */
    public void count(MetricName name, String label) {
        count(name, label, 1);
    }

    private void count(MetricName name, String label, int times) {
        Map<String, Counter> counters = events.computeIfAbsent(name, _ -> new ConcurrentHashMap<>());
        bounded(counters, label, each -> meters.counter(name, each)).increment(times);
    }

    /** A call without a token was refused, for too many are under way. */
    public void openCallRefused() {
        openCallsRefused.increment();
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

    /**
     * Shows what stands in the table.
     *
     * @param counts the latest, or null where another coordinator shows them
     */
    public void table(@Nullable OpenCounts counts) {
        table.show(counts);
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

package dev.entente.server.telemetry;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * The meters of a coordinator. Thread-safe. Each method on the hot path is an array look-up and an addition, because
 * the constructor registers the meters of the hot path, and no call looks up such a meter by its labels. Durations that
 * are measured per call are in nanoseconds.
 */
public final class Metrics {
    /** The limit of methods, paths or places; further values share one label, so labels stay bounded for any input. */
    private static final int MAX_VALUES = 200;

    private static final String OTHER = "other";
    /** Meters of Micrometer that break Prometheus' rules for names: the unit nanoseconds, a suffix {@code _count}. */
    private static final Set<String> MISNAMED = Set.of("process.cpu.time", "system.cpu.count");

    private final Instant since = Instant.now();
    private final MeterRegistry registry;
    private final Meters meters;
    private final Map<Pattern, Counter> accepted = new EnumMap<>(Pattern.class);
    private final Map<Pattern, Counter> known = new EnumMap<>(Pattern.class);
    private final Map<Pattern, Map<TransactionState, Timer>> lives = new EnumMap<>(Pattern.class);
    private final Map<AbortReason, Counter> switchedToUndo = new EnumMap<>(AbortReason.class);
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
        // before the first meter, otherwise each start logs a warning
        registry.config().meterFilter(MeterFilter.deny(meter -> MISNAMED.contains(meter.getName())));
        this.meters = new Meters(registry);
        for (Pattern pattern : Pattern.values()) {
            accepted.put(pattern, meters.counter(MetricName.ACCEPTED, Meters.label(pattern)));
            known.put(pattern, meters.counter(MetricName.KNOWN, Meters.label(pattern)));
            lives.put(pattern, livesOf(pattern));
        }
        for (AbortReason reason : AbortReason.values()) {
            switchedToUndo.put(reason, meters.counter(MetricName.TURNED, Meters.label(reason)));
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

    /** Returns metrics for {@code /metrics}: the coordinator's and the JVM's. */
    public static Metrics prometheus() {
        return withJvm(withoutJvm());
    }

    /** Returns the metrics of {@link #prometheus} with traces as exemplars. Exemplars cost a few percent of the CPU. */
    public static Metrics withExemplars() {
        return withJvm(new Metrics(new PrometheusMeterRegistry(
                PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM, new Exemplars())));
    }

    @SuppressWarnings("resource") // JvmGcMetrics listens until the process ends.
    private static Metrics withJvm(Metrics metrics) {
        new JvmMemoryMetrics().bindTo(metrics.registry);
        new JvmGcMetrics().bindTo(metrics.registry);
        new JvmThreadMetrics().bindTo(metrics.registry);
        new ProcessorMetrics().bindTo(metrics.registry);
        FunctionCounter.builder("process.cpu", ProcessHandle.current(), Metrics::cpuSeconds)
                .baseUnit("seconds")
                .description("CPU time of the process")
                .register(metrics.registry);
        new UptimeMetrics().bindTo(metrics.registry);
        return metrics;
    }

    private static double cpuSeconds(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0;
    }

    /** Returns the metrics of {@link #prometheus} without the JVM's. */
    public static Metrics withoutJvm() {
        return new Metrics(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    /** Returns metrics that count nothing, for simulations and tests. */
    public static Metrics none() {
        return new Metrics(new CompositeMeterRegistry());
    }

    /** A format of {@code /metrics}. OpenMetrics contains exemplars. */
    public enum Format {
        TEXT("text/plain; version=0.0.4; charset=utf-8"),
        OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        /** Returns OpenMetrics if an {@code Accept} header lists it, otherwise the text format. */
        public static Format accepted(@Nullable String accept) {
            return accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
        }

        public String contentType() {
            return contentType;
        }
    }

    /** Returns all metrics in Prometheus' text format 0.0.4; empty if nothing is counted. */
    public String exposition() {
        return exposition(Format.TEXT);
    }

    /** Returns all metrics; empty if nothing is counted. */
    public String exposition(Format format) {
        return registry instanceof PrometheusMeterRegistry prometheus ? prometheus.scrape(format.contentType()) : "";
    }

    /** Returns the sums since this object was made. */
    public Totals totals() {
        return Totals.of(since, accepted, lives, adopted, leaseLost);
    }

    /** Returns the sums of all patterns since this object was made. */
    public Throughput throughput() {
        return Throughput.of(accepted.values(), lives.values(), parked.values());
    }

    /** Returns the meters of calls to a participant; its name must come from a bounded set. */
    public CallMeters calls(String participant) {
        return new CallMeters(meters, participant);
    }

    /** Shows a value, which is read at each scrape; the labels' values must come from a bounded set. */
    public void show(MetricName name, DoubleSupplier value, String... labels) {
        gauges.put(key(name, labels), meters.gauge(name, value, labels));
    }

    /** Shows the seconds until the expiry; negative after the expiry. */
    public void showExpiry(MetricName name, Supplier<Instant> expiry, String... labels) {
        show(name, () -> Duration.between(Instant.now(), expiry.get()).toSeconds(), labels);
    }

    /** Removes a value with these labels. */
    public void hide(MetricName name, String... labels) {
        Gauge gauge = gauges.remove(key(name, labels));
        if (gauge != null) {
            meters.remove(gauge);
        }
    }

    private static List<String> key(MetricName name, String... labels) {
        return Stream.concat(Stream.of(name.id()), Stream.of(labels)).toList();
    }

    /** Shows the state of a participant, which is read at each scrape. */
    public void showParticipant(String participant, IntSupplier inFlight, IntSupplier waiting, IntSupplier circuit) {
        show(MetricName.IN_FLIGHT, inFlight::getAsInt, participant);
        show(MetricName.WAITING, waiting::getAsInt, participant);
        show(MetricName.CIRCUIT, circuit::getAsInt, participant);
    }

    /** Removes a participant, before it is shown again. */
    public void hideParticipant(String participant) {
        List.of(MetricName.IN_FLIGHT, MetricName.WAITING, MetricName.CIRCUIT, MetricName.STREAMING)
                .forEach(name -> hide(name, participant));
    }

    /** Shows whether calls to a participant use a stream; read at each scrape. */
    public void showStream(String participant, BooleanSupplier isStreaming) {
        show(MetricName.STREAMING, () -> isStreaming.getAsBoolean() ? 1 : 0, participant);
    }

    public void accepted(Pattern pattern) {
        count(accepted, pattern);
    }

    /** Counts a submission that was answered from a stored transaction. */
    public void known(Pattern pattern) {
        count(known, pattern);
    }

    /**
     * Counts and times a transaction that became terminal.
     *
     * @param sinceCreated by two clocks, the database's and this machine's: a negative duration counts as zero
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

    public void switchedToUndo(AbortReason reason) {
        count(switchedToUndo, reason);
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

    /** Counts and times one finished group commit. */
    public void batch(int operations, long nanos) {
        batchSizes.record(operations);
        batches.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void inDoubt() {
        inDoubt.increment();
    }

    /**
     * Counts writes that failed and are sent again: {@code conflict}, {@code database}, {@code row} or {@code defect}.
     */
    public void writesRepeated(String cause, int writes) {
        count(MetricName.WRITES_REPEATED, cause, writes);
    }

    /** Counts an audit row that was not written. */
    public void auditDropped() {
        auditDropped.increment();
    }

    /** Counts an unexpected exception that a loop survived. */
    public void caught(String where) {
        count(MetricName.CAUGHT, where, 1);
    }

    /** Counts an event with a detail in its label. */
    public void count(MetricName name, String label) {
        count(name, label, 1);
    }

    private void count(MetricName name, String label, int times) {
        Map<String, Counter> counters = events.computeIfAbsent(name, _ -> new ConcurrentHashMap<>());
        bounded(counters, label, each -> meters.counter(name, each)).increment(times);
    }

    /** Counts a call without a token that is refused, because too many of these calls are open. */
    public void openCallRefused() {
        openCallsRefused.increment();
    }

    /** Counts and times a request over gRPC by its status code. */
    public void rpc(String method, String code, long nanos) {
        Map<String, Timer> byCode = bounded(rpcs, method, _ -> new ConcurrentHashMap<>());
        String name = rpcs.containsKey(method) ? method : OTHER;
        byCode.computeIfAbsent(code, c -> meters.timer(MetricName.RPC, name, c)).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Counts a request over HTTP by its status code. */
    public void http(String path, int code) {
        Map<String, Counter> byCode = bounded(requests, path, _ -> new ConcurrentHashMap<>());
        String name = requests.containsKey(path) ? path : OTHER;
        byCode.computeIfAbsent(Integer.toString(code), c -> meters.counter(MetricName.HTTP, name, c))
                .increment();
    }

    /**
     * Shows the counts of the table.
     *
     * @param counts the latest counts, or null if another coordinator shows the counts
     */
    public void table(@Nullable OpenCounts counts) {
        table.show(counts);
    }

    /** Stores the figures that are shown together with the counts of the table. */
    public void database(DatabaseFigures figures) {
        table.set(figures);
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

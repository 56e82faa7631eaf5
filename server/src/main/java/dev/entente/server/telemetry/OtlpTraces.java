package dev.entente.server.telemetry;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.wire.TraceParent;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Records spans with the OpenTelemetry SDK, which sends them in batches over OTLP.
 *
 * <p>The ids of the acceptance and of a sent call follow from the transaction. After a crash, the next owner therefore
 * continues the trace without a stored id. A span is created when it ends; a killed process loses no open span.
 *
 * <p>A submitter's trace is recorded if the submitter sampled it. Another trace is recorded if a hash of its id is
 * below the ratio; coordinators with equal ratios decide equally. The sampler of the SDK is not used: it reads the last
 * bits of the id, which are not evenly distributed in a UUID.
 */
public final class OtlpTraces implements Traces {
    private static final int CLOSE_SECONDS = 2;
    private static final String SAMPLER = "otel.traces.sampler";
    private static final double CRC_VALUES = 0x1p32;
    private static final String NOT_SAMPLED = "00";

    private static final AttributeKey<String> GID = AttributeKey.stringKey("entente.gid");
    private static final AttributeKey<String> PATTERN = AttributeKey.stringKey("entente.pattern");
    private static final AttributeKey<String> NAME = AttributeKey.stringKey("entente.name");
    private static final AttributeKey<String> STATE = AttributeKey.stringKey("entente.state");
    private static final AttributeKey<String> BRANCH = AttributeKey.stringKey("entente.branch");
    private static final AttributeKey<String> OP = AttributeKey.stringKey("entente.op");
    private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("entente.attempt");
    private static final AttributeKey<String> PARTICIPANT = AttributeKey.stringKey("entente.participant");
    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("entente.outcome");
    private static final AttributeKey<String> ACTOR = AttributeKey.stringKey("entente.actor");

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;
    private final double ratio;
    private final Supplier<Instant> clock;

    private OtlpTraces(OpenTelemetrySdk sdk, double ratio, Supplier<Instant> clock) {
        this.sdk = sdk;
        this.tracer = sdk.getTracer("dev.entente.server");
        this.ratio = ratio;
        this.clock = clock;
    }

    /** Returns whether one of OpenTelemetry's usual variables requests traces. */
    public static boolean isRequested(Map<String, String> environment) {
        boolean isDisabled = Boolean.parseBoolean(environment.get("OTEL_SDK_DISABLED"))
                || "none".equals(environment.get("OTEL_TRACES_EXPORTER"));
        return !isDisabled
                && (environment.containsKey("OTEL_EXPORTER_OTLP_ENDPOINT")
                        || environment.containsKey("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
                        || environment.containsKey("OTEL_TRACES_EXPORTER"));
    }

    /**
     * Starts recording. OpenTelemetry's variables and system properties apply, except those of its sampler's id rule.
     *
     * @param endpoint the URL of an OTLP receiver over gRPC; empty: by OpenTelemetry's variables
     * @param ratio the share of recorded traces without a submitter's decision, from 0 to 1; null: by the variables
     * @param node the name of this coordinator
     * @param clock the time of the spans
     * @throws RuntimeException with the reason if a variable or the endpoint is invalid
     */
    public static OtlpTraces start(String endpoint, @Nullable Double ratio, String node, Supplier<Instant> clock) {
        double[] configured = {1};
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesSupplier(() -> Map.of(
                        "otel.service.name", "entente",
                        "otel.resource.attributes", "service.instance.id=" + node,
                        "otel.bsp.schedule.delay", "1000",
                        "otel.bsp.max.queue.size", "16384"))
                .addPropertiesCustomizer(_ -> fixed(endpoint))
                .addTracerProviderCustomizer((provider, given) -> {
                    configured[0] = ratio == null ? ratio(given) : ratio;
                    return provider.setSampler(Sampler.alwaysOn()).setIdGenerator(new ChosenIds());
                })
                .build()
                .getOpenTelemetrySdk();
        return new OtlpTraces(sdk, configured[0], clock);
    }

    private static Map<String, String> fixed(String endpoint) {
        Map<String, String> fixed =
                new HashMap<>(Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none"));
        if (!endpoint.isEmpty()) {
            fixed.put("otel.exporter.otlp.traces.endpoint", endpoint);
        }
        return fixed;
    }

    private static double ratio(ConfigProperties given) {
        String sampler = given.getString(SAMPLER, "");
        if (sampler.endsWith("always_off")) {
            return 0;
        }
        return sampler.endsWith("traceidratio") ? given.getDouble(SAMPLER + ".arg", 1) : 1;
    }

    @Override
    public boolean areOn() {
        return true;
    }

    @Override
    public void close() {
        var _ = sdk.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    // ---- transactions

    @Override
    public void accepted(GlobalTransaction transaction) {
        TraceParent accepted = acceptance(transaction.gid(), transaction.plan());
        if (accepted.isSampled()) {
            String name = "accept " + pattern(transaction.plan());
            SpanBuilder span = about(transaction, name, parent(transaction)).setSpanKind(SpanKind.SERVER);
            record(span, accepted);
        }
    }

    @Override
    public void operated(String gid, Plan plan, String operation, String actor, Instant since) {
        TraceParent accepted = acceptance(gid, plan);
        if (accepted.isSampled()) {
            below(accepted, "operator " + operation)
                    .setAttribute(GID, gid)
                    .setAttribute(ACTOR, actor)
                    .setStartTimestamp(since)
                    .startSpan()
                    .end(clock.get());
        }
    }

    @Override
    public void finished(GlobalTransaction transaction, Runnable measure) {
        TraceParent accepted = acceptance(transaction.gid(), transaction.plan());
        if (!accepted.isSampled()) {
            measure.run();
            return;
        }
        Exemplars.during(accepted, measure);
        String name = pattern(transaction.plan()) + " until the final state";
        about(transaction, name, accepted)
                .setAttribute(STATE, transaction.state().name())
                .startSpan()
                .end(clock.get());
    }

    /** Returns the span of a transaction's acceptance; the parent of the transaction's other spans. */
    private TraceParent acceptance(String gid, Plan plan) {
        TraceParent derived = TraceParent.ofCall(gid, "", "accept", 0);
        ByteString stored = plan.trace();
        if (stored == null) {
            String flags = isChosen(derived.traceId(), ratio) ? derived.flags() : NOT_SAMPLED;
            return new TraceParent(derived.traceId(), derived.spanId(), flags);
        }
        TraceParent submitted = TraceParent.of(stored.toByteArray());
        return new TraceParent(submitted.traceId(), derived.spanId(), submitted.flags());
    }

    /** Returns whether a trace without a submitter's decision is recorded: equal for equal arguments. */
    static boolean isChosen(String traceId, double ratio) {
        if (ratio >= 1) {
            return true;
        }
        CRC32C hash = new CRC32C();
        hash.update(traceId.getBytes(StandardCharsets.US_ASCII));
        return hash.getValue() < ratio * CRC_VALUES;
    }

    /** Returns the parent transaction's acceptance, or the submitter's span, or null. */
    private @Nullable TraceParent parent(GlobalTransaction transaction) {
        int slash = transaction.gid().lastIndexOf('/');
        if (slash >= 0) {
            return acceptance(transaction.gid().substring(0, slash), transaction.plan());
        }
        ByteString stored = transaction.plan().trace();
        return stored == null ? null : TraceParent.of(stored.toByteArray());
    }

    // ---- calls

    @Override
    public Call call(
            GlobalTransaction transaction, String branch, String op, int attempt, long fence, String participant) {
        TraceParent accepted = acceptance(transaction.gid(), transaction.plan());
        // A takeover may repeat the number of an attempt, but not with the fence.
        String span = TraceParent.ofCall(transaction.gid(), branch, op + " " + fence, attempt)
                .spanId();
        TraceParent sent = new TraceParent(accepted.traceId(), span, accepted.flags());
        return new RecordedCall(accepted, sent, transaction.gid(), branch, op, attempt, participant);
    }

    private final class RecordedCall implements Call {
        private final TraceParent accepted;
        private final TraceParent sent;
        private final String gid;
        private final String branch;
        private final String op;
        private final int attempt;
        private final String participant;
        private final Instant begun;
        private volatile @Nullable Instant leftAt;

        RecordedCall(
                TraceParent accepted,
                TraceParent sent,
                String gid,
                String branch,
                String op,
                int attempt,
                String participant) {
            this.accepted = accepted;
            this.sent = sent;
            this.gid = gid;
            this.branch = branch;
            this.op = op;
            this.attempt = attempt;
            this.participant = participant;
            this.begun = clock.get();
        }

        @Override
        public String header() {
            return sent.header();
        }

        @Override
        public void left() {
            if (leftAt == null && sent.isSampled()) {
                leftAt = clock.get();
                record(span("send " + op + " " + branch, accepted, begun), sent);
            }
        }

        @Override
        public void ended(Outcome outcome, Runnable measure) {
            Instant left = leftAt;
            if (left == null) {
                measure.run();
                return;
            }
            Exemplars.during(sent, measure);
            String label = CallMeters.label(outcome);
            Span span = span(op + " " + branch, sent, left)
                    .setSpanKind(SpanKind.CLIENT)
                    .setAttribute(OUTCOME, label)
                    .startSpan();
            if (!(outcome instanceof Outcome.Succeeded)) {
                span.setStatus(StatusCode.ERROR, label);
            }
            span.end(clock.get());
        }

        private SpanBuilder span(String name, TraceParent parent, Instant start) {
            return below(parent, name)
                    .setAttribute(GID, gid)
                    .setAttribute(BRANCH, branch)
                    .setAttribute(OP, op)
                    .setAttribute(ATTEMPT, (long) attempt)
                    .setAttribute(PARTICIPANT, participant)
                    .setStartTimestamp(start);
        }
    }

    // ---- spans

    private SpanBuilder about(GlobalTransaction transaction, String name, @Nullable TraceParent parent) {
        Plan plan = transaction.plan();
        return below(parent, name)
                .setAttribute(GID, transaction.gid())
                .setAttribute(PATTERN, pattern(plan))
                .setAttribute(NAME, plan.name())
                .setStartTimestamp(transaction.createdAt());
    }

    private SpanBuilder below(@Nullable TraceParent parent, String name) {
        SpanBuilder span = tracer.spanBuilder(name);
        return parent == null
                ? span.setNoParent()
                : span.setParent(Context.root()
                        .with(Span.wrap(SpanContext.createFromRemoteParent(
                                parent.traceId(), parent.spanId(), TraceFlags.getSampled(), TraceState.getDefault()))));
    }

    private void record(SpanBuilder span, TraceParent ids) {
        ChosenIds.NEXT.set(ids);
        try {
            span.startSpan().end(clock.get());
        } finally {
            ChosenIds.NEXT.remove();
        }
    }

    private static String pattern(Plan plan) {
        return plan.pattern().name().toLowerCase(Locale.ROOT);
    }

    /** Returns the ids that the thread has chosen for its next span, otherwise random ids. */
    private static final class ChosenIds implements IdGenerator {
        static final ThreadLocal<TraceParent> NEXT = new ThreadLocal<>();

        @Override
        public String generateSpanId() {
            TraceParent chosen = NEXT.get();
            return chosen == null ? IdGenerator.random().generateSpanId() : chosen.spanId();
        }

        @Override
        public String generateTraceId() {
            TraceParent chosen = NEXT.get();
            return chosen == null ? IdGenerator.random().generateTraceId() : chosen.traceId();
        }
    }
}

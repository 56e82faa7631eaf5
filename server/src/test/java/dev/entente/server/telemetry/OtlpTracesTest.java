package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.wire.TraceParent;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OtlpTracesTest {
    private static final int TRACES = 100_000;

    private static double share(IntFunction<String> gid, double ratio) {
        return IntStream.range(0, TRACES)
                        .filter(i -> OtlpTraces.isChosen(TraceParent.traceIdOf(gid.apply(i)), ratio))
                        .count()
                / (double) TRACES;
    }

    @Test
    void the_ratio_is_the_share_of_recorded_traces_for_any_form_of_gid() {
        Random random = new Random(7);
        Offset<Double> near = Offset.offset(0.005);
        assertThat(share(i -> "order-" + i, 0.1)).isCloseTo(0.1, near);
        assertThat(share(_ -> new UUID(random.nextLong(), random.nextLong()).toString(), 0.1))
                .isCloseTo(0.1, near);
        assertThat(share(_ -> version4(random).toString(), 0.01)).isCloseTo(0.01, near);
        // UUIDs of version 7 of one millisecond, as a counter creates them
        assertThat(share(i -> new UUID(0x0197a2b45c6d7000L, 0x8000000000000000L + i).toString(), 0.1))
                .isCloseTo(0.1, near);
        assertThat(share(i -> "order-" + i, 0)).isZero();
        assertThat(share(i -> "order-" + i, 1)).isOne();
    }

    private static UUID version4(Random random) {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return UUID.nameUUIDFromBytes(bytes);
    }

    @Test
    void the_usual_variables_turn_traces_on_and_off() {
        assertThat(OtlpTraces.isRequested(Map.of("PATH", "/bin"))).isFalse();
        assertThat(OtlpTraces.isRequested(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4317")))
                .isTrue();
        assertThat(OtlpTraces.isRequested(Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a:4317")))
                .isTrue();
        assertThat(OtlpTraces.isRequested(Map.of("OTEL_TRACES_EXPORTER", "otlp")))
                .isTrue();
        assertThat(OtlpTraces.isRequested(
                        Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4317", "OTEL_TRACES_EXPORTER", "none")))
                .isFalse();
        assertThat(OtlpTraces.isRequested(
                        Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4317", "OTEL_SDK_DISABLED", "true")))
                .isFalse();
    }
}

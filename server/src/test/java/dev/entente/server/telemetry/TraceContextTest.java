package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

    @Test
    void a_traceparent_is_written_and_read_back() {
        TraceContext trace = TraceContext.ofCall("order-4711", "pay", "action", 1);

        assertThat(trace.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        assertThat(TraceContext.parse(trace.traceparent())).contains(trace);
    }

    @Test
    void a_traceparent_contains_its_parts_in_order() {
        TraceContext trace = new TraceContext(0x4bf92f3577b34da6L, 0xa3ce929d0e0e4736L, 0x00f067aa0ba902b7L, false);

        assertThat(trace.traceparent()).isEqualTo("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    }

    @Test
    void all_calls_of_a_transaction_are_in_one_trace_and_each_has_its_own_span() {
        Set<Long> spans = new HashSet<>();
        Set<String> traces = new HashSet<>();
        for (String op : new String[] {"action", "compensate"}) {
            for (int attempt = 1; attempt <= 50; attempt++) {
                TraceContext trace = TraceContext.ofCall("order-4711", "pay", op, attempt);
                spans.add(trace.spanId());
                traces.add(trace.traceparent().substring(0, 35));
            }
        }

        assertThat(traces).hasSize(1);
        assertThat(spans).hasSize(100);
    }

    @Test
    void transactions_have_different_traces() {
        Set<Long> low = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            low.add(TraceContext.ofCall("order-" + i, "pay", "action", 1).traceIdLow());
        }

        assertThat(low).hasSize(10_000);
    }

    @Test
    void a_gid_that_is_a_UUID_is_its_trace_id() {
        TraceContext trace = TraceContext.ofCall("019aa000-1234-7abc-8def-0123456789ab", "pay", "action", 1);

        assertThat(trace.traceparent()).startsWith("00-019aa00012347abc8def0123456789ab-");
    }

    @Test
    void the_nil_UUID_as_gid_has_a_valid_trace() {
        TraceContext trace = TraceContext.ofCall("00000000-0000-0000-0000-000000000000", "pay", "action", 1);

        assertThat(TraceContext.parse(trace.traceparent())).contains(trace);
    }

    @Test
    void equal_calls_have_equal_spans() {
        assertThat(TraceContext.ofCall("g", "b", "try", 2)).isEqualTo(TraceContext.ofCall("g", "b", "try", 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
            })
    void an_invalid_traceparent_is_ignored(String text) {
        assertThat(TraceContext.parse(text)).isEmpty();
    }

    @Test
    void an_unsampled_trace_is_read_as_unsampled() {
        assertThat(TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
                .hasValueSatisfying(trace -> assertThat(trace.isSampled()).isFalse());
    }
}

package dev.entente.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TraceParentTest {
    private static final String HEADER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    @Test
    void a_header_is_read_and_written() {
        assertThat(TraceParent.parse(HEADER).orElseThrow().header()).isEqualTo(HEADER);
    }

    @Test
    void a_later_version_can_have_more_fields() {
        assertThat(TraceParent.parse("cc" + HEADER.substring(2) + "-more")
                        .orElseThrow()
                        .header())
                .isEqualTo(HEADER);
    }

    @Test
    void a_malformed_header_is_ignored() {
        assertThat(TraceParent.parse("")).isEmpty();
        assertThat(TraceParent.parse("ff" + HEADER.substring(2))).isEmpty();
        assertThat(TraceParent.parse(HEADER.toUpperCase(Locale.ROOT))).isEmpty();
        assertThat(TraceParent.parse(HEADER + "-more")).isEmpty();
        assertThat(TraceParent.parse("00-" + "0".repeat(32) + "-b7ad6b7169203331-00"))
                .isEmpty();
        assertThat(TraceParent.parse("00-0af7651916cd43dd8448eb211c80319c-" + "0".repeat(16) + "-00"))
                .isEmpty();
    }

    @Test
    void a_context_is_written_as_25_bytes_and_read_back() {
        TraceParent trace = TraceParent.parse(HEADER).orElseThrow();

        assertThat(trace.bytes()).hasSize(25);
        assertThat(TraceParent.of(trace.bytes())).isEqualTo(trace);
    }

    @Test
    void the_current_trace_is_stored_in_the_grpc_context() throws Exception {
        TraceParent trace = TraceParent.parse(HEADER).orElseThrow();

        assertThat(TraceParent.current()).isEmpty();
        assertThat(trace.in(Context.current()).call(TraceParent::current)).contains(trace);
        assertThat(TraceParent.current()).isEmpty();
    }

    @Test
    void a_uuid_gid_becomes_the_trace_id() {
        assertThat(TraceParent.traceIdOf("0197a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"))
                .isEqualTo("0197a2b45c6d7e8f9a0b1c2d3e4f5a6b");
        assertThat(TraceParent.traceIdOf("00000000-0000-0000-0000-000000000000"))
                .isNotEqualTo("0".repeat(32));
    }

    @Test
    void transactions_have_different_traces_and_equal_gids_have_equal_traces() {
        assertThat(IntStream.range(0, 10_000)
                        .mapToObj(i -> TraceParent.traceIdOf("order-" + i))
                        .distinct())
                .hasSize(10_000)
                .allMatch(id -> id.matches("[0-9a-f]{32}"));
        assertThat(TraceParent.traceIdOf("order-1")).isEqualTo(TraceParent.traceIdOf("order-1"));
    }

    @Test
    void a_child_has_the_trace_of_its_root_and_other_spans() {
        TraceParent parent = TraceParent.ofCall("order-1", "pay", "action", 1);
        TraceParent child = TraceParent.ofCall("order-1/notify", "pay", "action", 1);
        TraceParent grandchild = TraceParent.ofCall("order-1/notify/more", "pay", "action", 1);

        assertThat(List.of(parent, child, grandchild))
                .allSatisfy(call -> assertThat(call.traceId()).isEqualTo(TraceParent.traceIdOf("order-1")));
        assertThat(List.of(parent.spanId(), child.spanId(), grandchild.spanId()))
                .doesNotHaveDuplicates();
    }

    @Test
    void each_attempt_has_its_own_valid_span_and_equal_calls_have_equal_spans() {
        Set<String> spans = new HashSet<>();
        for (String op : new String[] {"action", "compensate"}) {
            for (int attempt = 1; attempt <= 50; attempt++) {
                TraceParent call = TraceParent.ofCall("order-1", "pay", op, attempt);
                assertThat(TraceParent.parse(call.header())).contains(call);
                spans.add(call.spanId());
            }
        }

        assertThat(spans).hasSize(100);
        assertThat(TraceParent.ofCall("g", "b", "try", 2)).isEqualTo(TraceParent.ofCall("g", "b", "try", 2));
    }
}

package dev.entente.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import java.util.Locale;
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
    void a_child_is_another_span_of_the_same_trace() {
        TraceParent parent = TraceParent.parse(HEADER).orElseThrow();

        assertThat(parent.child().traceId()).isEqualTo(parent.traceId());
        assertThat(parent.child().flags()).isEqualTo("00");
        assertThat(parent.child().spanId()).isNotEqualTo(parent.spanId()).matches("[0-9a-f]{16}");
    }

    @Test
    void the_current_trace_is_stored_in_the_grpc_context() throws Exception {
        TraceParent trace = TraceParent.start();

        assertThat(TraceParent.current()).isEmpty();
        assertThat(trace.in(Context.current()).call(() -> TraceParent.currentOrOf("order-1")))
                .isEqualTo(trace);
        assertThat(TraceParent.currentOrOf("order-1")).isNotEqualTo(trace);
    }

    @Test
    void a_uuid_gid_becomes_the_trace_id() {
        assertThat(TraceParent.currentOrOf("0197a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b")
                        .traceId())
                .isEqualTo("0197a2b45c6d7e8f9a0b1c2d3e4f5a6b");
        assertThat(TraceParent.currentOrOf("00000000-0000-0000-0000-000000000000")
                        .traceId())
                .isNotEqualTo("0".repeat(32));
    }
}

package dev.entente.stories.coordinators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.backends.SpanReceiver;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.stories.plans.Purchase;
import dev.entente.wire.TraceParent;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The trace of a saga whose coordinator is killed during a call. */
@Tag("deep")
@Tag("traces")
final class TakenOverTraceIT {
    private static final String GID = "trace-taken-over";
    private static final Path PICTURE = Path.of("..", "..", "docs", "images", GID + ".svg");

    /** Writes the picture of the documentation with {@code -Dentente.docs.write=true}. */
    @Test
    void the_trace_of_a_saga_that_was_taken_over_is_complete() throws Exception {
        try (SpanReceiver receiver = SpanReceiver.start();
                Playground playground = Playground.open()) {
            Map<String, String> options = Map.of("telemetry.otlp.endpoint", receiver.url());
            Shop shop = playground.startSmallShop();
            RigCoordinator first = playground.startCoordinator("first", 0, 0, shop.targets(), options);
            RigCoordinator second = playground.startCoordinator("second", 0, 0, shop.targets(), options);
            killDuringTheCharge(first, receiver);
            awaitSuccess(second);

            String trace = TraceParent.traceIdOf(GID);
            await().until(() -> receiver.spans(trace).stream()
                    .anyMatch(span -> span.getName().equals("saga until the final state")));
            List<Span> spans = receiver.spans(trace);
            assertThat(spans.stream().collect(Collectors.groupingBy(Span::getName, Collectors.counting())))
                    .containsEntry("accept saga", 1L)
                    .containsEntry("send action charge", 2L)
                    .containsEntry("action charge", 1L)
                    .containsEntry("action ship", 1L);
            assertThat(missingParents(spans)).isEmpty();
            if (Boolean.getBoolean("entente.docs.write")) {
                Files.writeString(PICTURE, TraceDrawing.of(receiver, trace));
            }
        }
    }

    private static void killDuringTheCharge(RigCoordinator first, SpanReceiver receiver) throws Exception {
        try (HeldCalls held = HeldCalls.hold()) {
            ManagedChannel channel = channel(first);
            try (Entente entente = Entente.builder(channel).build()) {
                Purchase purchase = new Purchase(GID, "alice", "A-1", 1, 100, Map.of("charge", held.fault()));
                purchase.saga(entente).submit();
                String trace = TraceParent.traceIdOf(GID);
                await().until(() -> receiver.spans(trace).stream()
                        .anyMatch(span -> span.getName().equals("send action charge")));
            } finally {
                channel.shutdownNow();
            }
            first.kill();
            first.declareDead();
        }
    }

    private static void awaitSuccess(RigCoordinator second) throws Exception {
        ManagedChannel channel = channel(second);
        try (Entente entente = Entente.builder(channel).build()) {
            assertThat(entente.transactions().await(GID, PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
        } finally {
            channel.shutdownNow();
        }
    }

    private static ManagedChannel channel(RigCoordinator coordinator) {
        return NettyChannelBuilder.forTarget(coordinator.ready().grpc())
                .usePlaintext()
                .build();
    }

    /** Returns the spans whose parent was not received. */
    private static List<String> missingParents(List<Span> spans) {
        Set<String> ids = spans.stream()
                .map(span -> SpanReceiver.hex(span.getSpanId().toByteArray()))
                .collect(Collectors.toSet());
        return spans.stream()
                .filter(span -> !span.getName().equals("accept saga"))
                .filter(span ->
                        !ids.contains(SpanReceiver.hex(span.getParentSpanId().toByteArray())))
                .map(Span::getName)
                .toList();
    }
}

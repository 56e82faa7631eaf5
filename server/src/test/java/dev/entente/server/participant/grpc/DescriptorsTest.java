package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.ProbeResult;
import dev.entente.v1.SubmitTransactionRequest;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {
    private static final Target.Grpc CHECK = new Target.Grpc("stock", "grpc.health.v1.Health/Check");
    private static final Target.Grpc SUBMIT =
            new Target.Grpc("stock", "entente.v1.TransactionService/SubmitTransaction");

    @TempDir
    Path folder;

    @Test
    void types_come_from_reflection_v1() {
        assertTypesAreFound(ProtoReflectionServiceV1.newInstance());
    }

    @Test
    @SuppressWarnings("deprecation") // Most participants still offer v1alpha.
    void types_come_from_reflection_v1alpha() {
        assertTypesAreFound(ProtoReflectionService.newInstance());
    }

    private static void assertTypesAreFound(BindableService reflection) {
        try (var stock = LoopbackParticipant.with(health(), reflection.bindService());
                var participants = participants(plaintext("stock", stock.target()))) {
            MethodDescriptor types = new Descriptors(participants).require(CHECK);

            assertThat(types.getInputType().getFullName()).isEqualTo("grpc.health.v1.HealthCheckRequest");
            assertThat(types.getOutputType().getFullName()).isEqualTo("grpc.health.v1.HealthCheckResponse");
        }
    }

    @Test
    void types_come_from_a_descriptor_set_with_its_imports() throws IOException {
        Path file = folder.resolve("entente.binpb");
        Files.write(
                file, setOf(SubmitTransactionRequest.getDescriptor().getFile()).toByteArray());
        try (var participants = participants(plaintext("stock", "127.0.0.1:1").with(it -> it.descriptorSet = file))) {
            MethodDescriptor types = new Descriptors(participants).require(SUBMIT);

            assertThat(types.getInputType().getFullName()).isEqualTo("entente.v1.SubmitTransactionRequest");
        }
    }

    @Test
    void a_mistyped_method_of_a_known_service_is_reported_with_the_nearest_name() {
        Target.Grpc typo = new Target.Grpc("stock", "grpc.health.v1.Health/Chek");
        try (var stock = LoopbackParticipant.with(
                        health(), ProtoReflectionServiceV1.newInstance().bindService());
                var participants = participants(plaintext("stock", stock.target()))) {
            Descriptors descriptors = new Descriptors(participants);
            assertThat(descriptors.isDoubtful(typo))
                    .as("before the first request")
                    .isFalse();
            descriptors.require(CHECK);

            assertThat(descriptors.isDoubtful(CHECK)).isFalse();
            assertThat(descriptors.isDoubtful(new Target.Grpc("stock", "a.Other/Chek")))
                    .isFalse();
            assertThat(descriptors.isDoubtful(typo)).isTrue();
            assertThat(descriptors.mistaken(typo))
                    .hasMessageContaining("no method grpc.health.v1.Health/Chek")
                    .hasMessageContaining("did you mean grpc.health.v1.Health/Check?");
            stock.stop();
            assertThat(descriptors.mistaken(typo)).as("no reflection now").isNull();
        }
    }

    @Test
    void a_mistyped_method_is_found_in_a_descriptor_set_without_a_query() throws IOException {
        Path file = folder.resolve("entente.binpb");
        Files.write(
                file, setOf(SubmitTransactionRequest.getDescriptor().getFile()).toByteArray());
        Target.Grpc typo = new Target.Grpc("stock", "entente.v1.TransactionService/SubmitTransactoin");
        try (var participants = participants(plaintext("stock", "127.0.0.1:1").with(it -> it.descriptorSet = file))) {
            Descriptors descriptors = new Descriptors(participants);

            assertThat(descriptors.isDoubtful(SUBMIT)).isTrue();
            assertThat(descriptors.mistaken(SUBMIT)).isNull();
            assertThat(descriptors.isDoubtful(SUBMIT)).isFalse();
            assertThat(descriptors.mistaken(typo)).hasMessageContaining("SubmitTransaction?");
            Target.Grpc elsewhere = new Target.Grpc("stock", "a.Other/Do");
            assertThat(descriptors.mistaken(elsewhere)).isNull();
            assertThat(descriptors.isDoubtful(elsewhere)).isFalse();
        }
    }

    /** Reflection that can be unavailable: calls are refused or receive no response. */
    private static final class UnreliableReflection implements ServerInterceptor {
        private final AtomicInteger queries = new AtomicInteger();
        private volatile boolean isUnavailable;
        private volatile boolean hangs;

        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            queries.incrementAndGet();
            if (isUnavailable) {
                call.close(Status.UNAVAILABLE, new Metadata());
            }
            return isUnavailable || hangs ? new ServerCall.Listener<Q>() {} : next.startCall(call, headers);
        }

        LoopbackParticipant start() {
            return LoopbackParticipant.with(
                    health(),
                    ServerInterceptors.intercept(
                            ProtoReflectionServiceV1.newInstance().bindService(), this));
        }
    }

    @Test
    void hanging_reflection_is_called_once_for_ten_operations() {
        UnreliableReflection reflection = new UnreliableReflection();
        reflection.hangs = true;
        try (var stock = reflection.start();
                var participants = participants(plaintext("stock", stock.target()))) {
            Descriptors descriptors = new Descriptors(participants);

            for (int i = 0; i < 10; i++) {
                Target.Grpc operation = new Target.Grpc("stock", "shop.v1.Stock/Method" + i);
                assertThatThrownBy(() -> descriptors.require(operation))
                        .hasMessageContaining("it cannot be reached (DEADLINE_EXCEEDED: ")
                        .isInstanceOfSatisfying(
                                Refusal.class,
                                refusal -> assertThat(refusal.retryAfter()).isNotNull());
            }
            assertThat(reflection.queries).hasValue(1);
        }
    }

    @Test
    void expired_types_are_used_while_the_participant_is_unavailable() {
        UnreliableReflection reflection = new UnreliableReflection();
        AtomicLong nanos = new AtomicLong();
        try (var stock = reflection.start();
                var participants = participants(plaintext("stock", stock.target()))) {
            Descriptors descriptors = new Descriptors(participants, nanos::get);
            MethodDescriptor types = descriptors.require(CHECK);
            int queries = reflection.queries.get();
            reflection.isUnavailable = true;
            nanos.addAndGet(TimeUnit.MINUTES.toNanos(6));

            assertThat(descriptors.require(CHECK)).isEqualTo(types);
            assertThat(descriptors.require(CHECK)).isEqualTo(types);
            assertThat(reflection.queries).hasValue(queries + 1);

            reflection.isUnavailable = false;
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(6));
            assertThat(descriptors.require(CHECK)).isNotEqualTo(types);
        }
    }

    @Test
    void a_refusal_without_reflection_names_the_solutions() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(Status.UNIMPLEMENTED));
                var participants = participants(plaintext("stock", stock.target()))) {
            Descriptors descriptors = new Descriptors(participants);

            assertThatThrownBy(() -> descriptors.require(CHECK))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("ENT-024: no descriptors of grpc.health.v1.Health/Check at participant 'stock': it does"
                            + " not offer reflection; enable its reflection, set participants.stock.descriptorSet, or"
                            + " send the body as bytes");
        }
    }

    @Test
    void an_unknown_or_streaming_method_has_no_types() {
        try (var stock = LoopbackParticipant.with(
                        health(), ProtoReflectionServiceV1.newInstance().bindService());
                var participants = participants(plaintext("stock", stock.target()))) {
            Descriptors descriptors = new Descriptors(participants);

            assertThatThrownBy(() -> descriptors.require(new Target.Grpc("stock", "grpc.health.v1.Health/Chek")))
                    .hasMessageContaining("it has no method grpc.health.v1.Health/Chek");
            assertThatThrownBy(() -> descriptors.require(new Target.Grpc("stock", "grpc.health.v1.Health/Watch")))
                    .hasMessageContaining("is a streaming method");
            assertThatThrownBy(() -> descriptors.require(new Target.Grpc("stock", "shop.v1.Nothing/Reserve")))
                    .hasMessageContaining("its reflection does not know the service");
            assertThatThrownBy(() -> descriptors.require(new Target.Grpc("shipping", "shop.v1.A/B")))
                    .hasMessageContaining("ENT-014");
        }
    }

    @Test
    void an_unreachable_participant_and_an_unreadable_file_have_different_messages() throws IOException {
        Path file = folder.resolve("none.binpb");
        String closedPort = "127.0.0.1:" + LoopbackPorts.next();
        try (var participants = participants(
                plaintext("stock", closedPort), plaintext("payment", closedPort).with(it -> it.descriptorSet = file))) {
            Descriptors descriptors = new Descriptors(participants);

            assertThatThrownBy(() -> descriptors.require(CHECK))
                    .hasMessageContainingAll("it cannot be reached (UNAVAILABLE: ", "Connection refused");
            assertThatThrownBy(() -> descriptors.require(new Target.Grpc("payment", CHECK.method())))
                    .hasMessageContaining("none.binpb cannot be read");
        }
    }

    @Test
    void a_probe_finds_the_methods() {
        try (var stock = LoopbackParticipant.with(
                        health(), ProtoReflectionServiceV1.newInstance().bindService());
                var participants = participants(plaintext("stock", stock.target()))) {
            ProbeResult result = probe(participants, "stock");

            assertThat(result.isReachable()).isTrue();
            assertThat(result.hasReflection()).isTrue();
            assertThat(result.methods())
                    .contains("grpc.health.v1.Health/Check")
                    .allMatch(method -> !method.startsWith("grpc.reflection."));
            assertThat(result.error()).isEmpty();
        }
    }

    @Test
    void a_probe_distinguishes_no_reflection_from_an_unreachable_participant() throws IOException {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(Status.UNIMPLEMENTED));
                var participants = participants(
                        plaintext("stock", stock.target()),
                        plaintext("payment", "127.0.0.1:" + LoopbackPorts.next()))) {
            assertThat(probe(participants, "stock")).satisfies(result -> {
                assertThat(result.isReachable()).isTrue();
                assertThat(result.hasReflection()).isFalse();
                assertThat(result.error()).isEqualTo("it does not offer reflection");
            });
            assertThat(probe(participants, "payment")).satisfies(result -> {
                assertThat(result.isReachable()).isFalse();
                assertThat(result.error()).startsWith("UNAVAILABLE: ");
            });
            assertThat(participants.probe("shipping")).isCompletedExceptionally();
        }
    }

    @Test
    void control_characters_in_the_status_of_a_participant_are_escaped() {
        Status malicious = Status.INTERNAL.withDescription("evil\u001b[31m\nfake/Line\u202e");
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(malicious));
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(probe(participants, "stock").error())
                    .contains("evil\\u001b[31m\\u000afake/Line\\u202e")
                    .doesNotContain("\u001b", "\n", "\u202e");
        }
    }

    private static ProbeResult probe(GrpcParticipants participants, String name) {
        try {
            return participants.probe(name).get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static ServerServiceDefinition health() {
        return new HealthStatusManager().getHealthService().bindService();
    }

    private static FileDescriptorSet setOf(FileDescriptor file) {
        Map<String, FileDescriptor> files = new LinkedHashMap<>();
        collect(file, files);
        FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
        files.values().forEach(each -> set.addFile(each.toProto()));
        return set.build();
    }

    private static void collect(FileDescriptor file, Map<String, FileDescriptor> files) {
        file.getDependencies().forEach(imported -> collect(imported, files));
        files.put(file.getName(), file);
    }
}

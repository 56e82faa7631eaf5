package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.participant.BranchOp;
import dev.entente.spring.UnguardedCalls;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Tests a JSON body for a gRPC participant. The coordinator reads the schema through the bridge. */
@SpringBootTest(
        classes = GrpcJsonIT.Application.class,
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {"entente.participant.name=shop", "entente.grpc.port=0"})
@EntenteTest
final class GrpcJsonIT {
    @Autowired
    private Entente entente;

    @Autowired
    private TestCoordinator coordinator;

    @Autowired
    private Faults faults;

    @Autowired
    private RecordingHealth health;

    @Autowired
    private UnguardedCalls unguarded;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
    @Import(RecordingHealth.class)
    static class Application {
        @Bean
        BindableService reflection() {
            return ProtoReflectionServiceV1.newInstance();
        }
    }

    static class RecordingHealth extends HealthGrpc.HealthImplBase {
        private final List<String> services = new CopyOnWriteArrayList<>();

        @Override
        public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
            services.add(request.getService());
            answer.onNext(HealthCheckResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    @Test
    void a_json_body_is_delivered_and_a_fault_applies() {
        faults.repeat("look", BranchOp.ACTION);
        Saga saga = entente.saga("look").gid("json-1");
        saga.step(
                        "look",
                        entente.participant("shop")
                                .call(HealthGrpc.getCheckMethod(), HealthCheckRequest.getDefaultInstance()))
                .nothingToUndo();
        Plan.Builder plan = saga.toProto().toBuilder();
        plan.getSagaBuilder()
                .getStepsBuilder(0)
                .getActionBuilder()
                .setJson(Value.newBuilder()
                        .setStructValue(Struct.newBuilder()
                                .putFields(
                                        "service",
                                        Value.newBuilder()
                                                .setStringValue("till")
                                                .build())));
        ManagedChannel channel = Grpc.newChannelBuilder(coordinator.target(), InsecureChannelCredentials.create())
                .build();
        try {
            var _ = TransactionServiceGrpc.newBlockingStub(channel)
                    .submitTransaction(
                            SubmitTransactionRequest.newBuilder().setPlan(plan).build());
        } finally {
            channel.shutdownNow();
        }

        coordinator.await("json-1").isSucceeded();
        assertThat(health.services).containsExactly("till", "till");
        assertThat(unguarded.clear()).containsExactly("grpc.health.v1.Health/Check"); // otherwise the test fails
    }
}

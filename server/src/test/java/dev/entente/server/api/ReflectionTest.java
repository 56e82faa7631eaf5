package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tools such as grpcurl find the services although they are added after the server was bound. */
class ReflectionTest {
    @Test
    void reflection_tells_of_our_services_and_their_messages() throws Exception {
        try (LoopbackApi api = LoopbackApi.open()) {
            ServerReflectionResponse services = ask(
                    api,
                    ServerReflectionRequest.newBuilder().setListServices("").build());
            assertThat(services.getListServicesResponse().getServiceList())
                    .extracting(ServiceResponse::getName)
                    .contains(
                            "entente.v1.TransactionService",
                            "entente.v1.OperatorService",
                            "grpc.health.v1.Health",
                            "grpc.reflection.v1.ServerReflection",
                            "grpc.reflection.v1alpha.ServerReflection");
            ServerReflectionResponse files = ask(
                    api,
                    ServerReflectionRequest.newBuilder()
                            .setFileContainingSymbol("entente.v1.TransactionService")
                            .build());
            assertThat(files.getFileDescriptorResponse().getFileDescriptorProtoCount())
                    .isPositive();
        }
    }

    private static ServerReflectionResponse ask(LoopbackApi api, ServerReflectionRequest question) throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(api.channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        answer.completeExceptionally(thrown);
                    }

                    @Override
                    public void onCompleted() {}
                });
        questions.onNext(question);
        ServerReflectionResponse answered = answer.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
        questions.onCompleted();
        return answered;
    }
}

package dev.entente.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The participant as a separate process. */
final class ParticipantMainTest {
    @Test
    void the_process_prints_its_port_and_serves_health_and_reflection() throws Exception {
        try (ShopFixture shop = ShopFixture.start()) {
            Process process = start("--service", "stock", "--service", "payment", "--jdbc", shop.serverUrl());
            try (BufferedReader out = process.inputReader()) {
                Matcher ready = Pattern.compile(
                                "\\{\"services\":\\[\"stock\",\"payment\"],\"port\":(\\d+),\"pid\":(\\d+)}")
                        .matcher(out.readLine());
                assertThat(ready.matches()).isTrue();
                assertThat(Long.parseLong(ready.group(2))).isEqualTo(process.pid());
                ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(ready.group(1)))
                        .usePlaintext()
                        .build();
                assertThat(HealthGrpc.newBlockingStub(channel)
                                .check(HealthCheckRequest.getDefaultInstance())
                                .getStatus())
                        .isEqualTo(ServingStatus.SERVING);
                assertThat(services(channel))
                        .contains(
                                "shop.v1.StockService",
                                "shop.v1.PaymentService",
                                "grpc.reflection.v1alpha.ServerReflection");
                channel.shutdownNow();
            } finally {
                process.destroy();
            }
            process.waitFor();
        }
    }

    @Test
    void an_unknown_service_is_named_in_the_error() throws Exception {
        Process process = start("--service", "stok", "--jdbc", "jdbc:postgresql://127.0.0.1:1/none");
        try (BufferedReader errors = process.errorReader()) {
            assertThat(errors.lines().toList()).anyMatch(line -> line.contains("stok"));
        }
        assertThat(process.waitFor()).isEqualTo(2);
    }

    private static Process start(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ParticipantMain.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    private static List<String> services(ManagedChannel channel) throws Exception {
        CompletableFuture<List<String>> listed = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        listed.complete(answer.getListServicesResponse().getServiceList().stream()
                                .map(service -> service.getName())
                                .toList());
                    }

                    @Override
                    public void onError(Throwable broken) {
                        listed.completeExceptionally(broken);
                    }

                    @Override
                    public void onCompleted() {}
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        List<String> names = listed.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
        questions.onCompleted();
        return names;
    }
}

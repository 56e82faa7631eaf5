package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.HealthStatusManager;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Tests application contexts that are stopped and restarted, as by CRaC and the cache of test contexts. */
final class RestartedContextTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        BindableService health() {
            return new HealthStatusManager().getHealthService();
        }

        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }
    }

    static Named<Consumer<ConfigurableApplicationContext>>[] restarts() {
        @SuppressWarnings({"unchecked", "rawtypes"})
        Named<Consumer<ConfigurableApplicationContext>>[] all = new Named[] {
            Named.<Consumer<ConfigurableApplicationContext>>of("stop and start", context -> {
                context.stop();
                context.start();
            }),
            Named.<Consumer<ConfigurableApplicationContext>>of("pause and restart", context -> {
                context.pause();
                context.restart();
            }),
            Named.<Consumer<ConfigurableApplicationContext>>of("start of a running context", context -> context.start())
        };
        return all;
    }

    private static ConfigurableApplicationContext run(
            AnnouncementReceiver coordinator, WebApplicationType web, String... grpc) {
        return new SpringApplicationBuilder(Application.class)
                .web(web)
                .run(Stream.concat(
                                Stream.of(grpc),
                                Stream.of(
                                        "--server.port=0",
                                        "--spring.datasource.url=" + TestDatabase.url(),
                                        "--spring.jpa.hibernate.ddl-auto=none",
                                        "--entente.target=" + coordinator.target(),
                                        "--entente.participant.name=stock",
                                        "--entente.barrier.create-table=true",
                                        "--entente.outbox.create-tables=true",
                                        "--entente.outbox.relay.enabled=true"))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("restarts")
    void the_grpc_server_the_announcement_and_the_relay_restart(Consumer<ConfigurableApplicationContext> restart)
            throws IOException {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(1000);
                ConfigurableApplicationContext context =
                        run(coordinator, WebApplicationType.NONE, "--entente.grpc.port=0")) {
            for (int i = 0; i < 3; i++) {
                restart.accept(context);

                GrpcServerLifecycle server = context.getBean(GrpcServerLifecycle.class);
                assertThat(served("localhost:" + server.port())).isEqualTo(ServingStatus.SERVING);
                Awaitility.await()
                        .untilAsserted(() -> assertThat(coordinator.reported())
                                .last()
                                .isEqualTo("stock localhost:" + server.port()));
                assertThat(context.getBean(RelayLifecycle.class).isRunning()).isTrue();
                assertThat(context.getBean(Housekeeping.class).isRunning()).isTrue();
                assertThat(meter(context, "entente_outbox_silent_seconds")).isNotNaN();
            }
            context.stop();
            assertThat(context.getBean(GrpcServerLifecycle.class).port()).isNegative();
            assertThat(meter(context, "entente_outbox_silent_seconds")).isNaN();
        }
    }

    @ParameterizedTest
    @MethodSource("restarts")
    void a_web_server_is_announced_at_its_new_port(Consumer<ConfigurableApplicationContext> restart)
            throws IOException {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(1000);
                ConfigurableApplicationContext context = run(coordinator, WebApplicationType.SERVLET)) {
            restart.accept(context);

            String url = "http://localhost:" + context.getEnvironment().getRequiredProperty("local.server.port");
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(coordinator.reported()).last().isEqualTo("stock " + url));
        }
    }

    @ParameterizedTest
    @MethodSource("restarts")
    void the_server_of_spring_grpc_is_announced_at_its_new_port(Consumer<ConfigurableApplicationContext> restart)
            throws IOException {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(1000);
                ConfigurableApplicationContext context = run(
                        coordinator,
                        WebApplicationType.NONE,
                        "--spring.grpc.server.enabled=true",
                        "--spring.grpc.server.health.enabled=false",
                        "--spring.grpc.server.port=0")) {
            restart.accept(context);

            String target = "localhost:"
                    + context.getBean(org.springframework.grpc.server.lifecycle.GrpcServerLifecycle.class)
                            .getPort();
            assertThat(served(target)).isEqualTo(ServingStatus.SERVING);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(coordinator.reported()).last().isEqualTo("stock " + target));
        }
    }

    private static double meter(ConfigurableApplicationContext context, String name) {
        return context.getBean(MeterRegistry.class).get(name).gauge().value();
    }

    private static ServingStatus served(String target) {
        ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
        try {
            return HealthGrpc.newBlockingStub(channel)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .getStatus();
        } finally {
            channel.shutdownNow();
        }
    }
}

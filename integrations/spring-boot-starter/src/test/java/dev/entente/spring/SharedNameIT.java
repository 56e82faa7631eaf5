package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.RigCoordinator;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Participant;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** Tests applications that announce the same name to a real coordinator. */
@ExtendWith(OutputCaptureExtension.class)
final class SharedNameIT {
    private static RigCoordinator coordinator;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws Exception {
        coordinator = TestDatabase.playground()
                .startCoordinator("shared-name", 0, 0, Map.of(), Map.of("--take-announcements", ""));
        channel = Grpc.newChannelBuilder(coordinator.ready().grpc(), InsecureChannelCredentials.create())
                .build();
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        coordinator.close();
    }

    private static ConfigurableApplicationContext run(String participant, String application, String database) {
        return new SpringApplicationBuilder(RestartedContextTest.Application.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--spring.application.name=" + application,
                        "--entente.grpc.port=0",
                        "--spring.datasource.url=" + database,
                        "--spring.jpa.hibernate.ddl-auto=none",
                        "--entente.target=" + coordinator.ready().grpc(),
                        "--entente.participant.name=" + participant,
                        "--entente.barrier.create-table=true");
    }

    private static String own(ConfigurableApplicationContext application) {
        return "localhost:" + application.getBean(GrpcServerLifecycle.class).port();
    }

    private static String called(String participant) {
        return OperatorServiceGrpc.newBlockingStub(channel)
                .listParticipants(ListParticipantsRequest.getDefaultInstance())
                .getParticipantsList()
                .stream()
                .filter(known -> known.getName().equals(participant))
                .map(Participant::getAddress)
                .findAny()
                .orElse("");
    }

    private static void awaitCalled(String participant, ConfigurableApplicationContext application) {
        Awaitility.await().until(() -> called(participant), own(application)::equals);
    }

    private static long errors(CharSequence log, String address) {
        return log.toString()
                .lines()
                .filter(line -> line.contains("ERROR") && line.contains("ENT-066") && line.contains(address))
                .count();
    }

    @Test
    void a_second_application_is_refused_in_both_logs_until_the_first_has_stopped(CapturedOutput output) {
        for (List<String> second : List.of(List.of("billing", ""), List.of("orders", "own database"))) {
            String participant = "orders-" + second.get(0);
            String database = TestDatabase.url();
            ConfigurableApplicationContext first = run(participant, "orders", database);
            try (first) {
                awaitCalled(participant, first);
                String other = second.get(1).isEmpty() ? database : TestDatabase.url();
                try (ConfigurableApplicationContext application = run(participant, second.get(0), other)) {
                    String address = own(application);
                    Awaitility.await().until(() -> errors(output.getAll(), address) == 1);
                    assertThat(called(participant)).isEqualTo(own(first));
                    first.stop();
                    awaitCalled(participant, application);
                }
            }
        }
        assertThat(coordinator.logEnd()).contains("ENT-066", "its own entente.participant.name");
    }

    @Test
    void instances_of_one_application_replace_each_other() {
        String database = TestDatabase.url();
        try (ConfigurableApplicationContext first = run("stock", "stock", database)) {
            awaitCalled("stock", first);
            try (ConfigurableApplicationContext second = run("stock", "stock", database)) {
                awaitCalled("stock", second);
                awaitCalled("stock", first);
            }
        }
    }
}

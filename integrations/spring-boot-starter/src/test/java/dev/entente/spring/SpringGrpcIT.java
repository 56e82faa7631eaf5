package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.rig.RigCoordinator;
import dev.entente.spring.MarkedApplication.Ledger;
import dev.entente.spring.MarkedApplication.Points;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import shop.v1.AddPointsRequest;
import shop.v1.PointsServiceGrpc;
import shop.v1.TakePointsRequest;

/** Tests a complete application on Spring gRPC as Spring Boot configures it, with a real coordinator. */
final class SpringGrpcIT {
    private static RigCoordinator coordinator;
    private static ConfigurableApplicationContext application;
    private static Ledger ledger;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Ledger.class, Points.class})
    static class Application {}

    @BeforeAll
    static void start() throws Exception {
        int port = LoopbackPorts.next();
        Map<String, String> targets = Map.of("points", "127.0.0.1:" + port);
        coordinator = TestDatabase.playground().startCoordinator("node-1", 0, 0, targets, Map.of());
        application = run("--spring.grpc.server.port=" + port);
        application
                .getBean(JdbcClient.class)
                .sql("create table entry (number int primary key, id varchar(64))")
                .update();
        ledger = application.getBean(Ledger.class);
    }

    private static ConfigurableApplicationContext run(String... arguments) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.grpc.server.address=127.0.0.1",
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "entente.target=" + coordinator.ready().grpc(),
                        "entente.barrier.create-table=true",
                        "entente.idempotency.create-table=true")
                .run(Stream.concat(Stream.of(arguments), Stream.of("--spring.grpc.server.enabled=true"))
                        .toArray(String[]::new));
    }

    @Test
    void a_second_grpc_server_is_refused_at_the_start() {
        assertThatThrownBy(() -> run("--spring.grpc.server.port=0", "--entente.grpc.port=0"))
                .hasRootCauseInstanceOf(WrongSetup.class)
                .hasStackTraceContaining("remove entente.grpc.port, or set spring.grpc.server.enabled=false");
    }

    @AfterAll
    static void stop() {
        application.close();
        coordinator.close();
    }

    private static Outcome added(String gid, int... points) {
        Entente entente = application.getBean(Entente.class);
        Participant service = entente.participant("points");
        Saga saga = entente.saga("points").gid(gid);
        for (int i = 0; i < points.length; i++) {
            AddPointsRequest add = AddPointsRequest.newBuilder()
                    .setAccount(gid)
                    .setPoints(points[i])
                    .build();
            saga.step("add-" + i, service.call(PointsServiceGrpc.getAddMethod(), add))
                    .compensateWith(service.call(
                            PointsServiceGrpc.getTakeMethod(),
                            TakePointsRequest.newBuilder().setAccount(gid).build()));
        }
        return saga.submitAndWait(PatientAwaits.BOUND);
    }

    @Test
    void a_saga_over_barriered_services_succeeds() {
        assertThat(added("done", 5, 6)).isInstanceOf(Outcome.Succeeded.class);
        assertThat(ledger.kept("done")).isEqualTo(2);
        assertThat(application.getBean(UnguardedCalls.class).clear()).isEmpty();
    }

    @Test
    void a_saga_that_a_service_refuses_is_compensated() {
        assertThat(added("undone", 5, 0))
                .isInstanceOfSatisfying(
                        Outcome.Aborted.class,
                        aborted -> assertThat(aborted.reason()).contains("NO_POINTS", "none are left"));
        assertThat(ledger.kept("undone")).as("one step, and its undo").isEqualTo(2);
    }
}

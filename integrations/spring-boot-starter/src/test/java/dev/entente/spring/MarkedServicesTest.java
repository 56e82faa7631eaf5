package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.jdbc.Dialect;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.spring.MarkedApplication.Application;
import dev.entente.spring.MarkedApplication.Ledger;
import dev.entente.spring.MarkedApplication.Points;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.grpc.server.ShadedNettyGrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.grpc.server.service.DefaultGrpcServiceConfigurer;
import org.springframework.grpc.server.service.DefaultGrpcServiceDiscoverer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import shop.v1.AddPointsRequest;
import shop.v1.AddPointsResponse;
import shop.v1.PointsServiceGrpc;
import shop.v1.PointsServiceGrpc.PointsServiceBlockingStub;
import shop.v1.TakePointsRequest;

/** Tests gRPC methods with annotations for the barrier and for idempotency keys. */
@ParameterizedClass
@EnumSource(MarkedServicesTest.Served.class)
@SuppressWarnings("NullAway.Init") // JUnit sets the fields before each invocation of the class
final class MarkedServicesTest {
    private static ConfigurableApplicationContext application;
    private static ManagedChannel channel;
    private static Ledger ledger;

    private final String gid = UUID.randomUUID().toString();

    enum Served {
        OWN_SERVER_ON_POSTGRES,
        OWN_SERVER_ON_MARIADB,
        SPRING_GRPC_ON_POSTGRES
    }

    /** The beans of Spring gRPC's auto-configuration. */
    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
    static class SpringGrpc {
        @Bean
        GrpcServerLifecycle server(ApplicationContext context) {
            ShadedNettyGrpcServerFactory factory =
                    new ShadedNettyGrpcServerFactory("127.0.0.1:0", List.of(), null, null, null);
            DefaultGrpcServiceConfigurer configurer = new DefaultGrpcServiceConfigurer(context);
            configurer.afterPropertiesSet();
            new DefaultGrpcServiceDiscoverer(context)
                    .findServices()
                    .forEach(found -> factory.addService(configurer.configure(found, factory)));
            return new GrpcServerLifecycle(factory, Duration.ofSeconds(10), context);
        }
    }

    MarkedServicesTest(Served served) {
        assertThat(channel.isShutdown()).as("%s", served).isFalse();
    }

    @BeforeParameterizedClassInvocation
    static void start(Served served) {
        Dialect dialect = served == Served.OWN_SERVER_ON_MARIADB ? Dialect.MARIADB : Dialect.POSTGRES;
        int port;
        if (served == Served.SPRING_GRPC_ON_POSTGRES) {
            application = MarkedApplication.start(dialect, SpringGrpc.class);
            port = application.getBean(GrpcServerLifecycle.class).getPort();
        } else {
            application = MarkedApplication.start(dialect, Application.class, "entente.grpc.port=0");
            port = application
                    .getBean(dev.entente.spring.GrpcServerLifecycle.class)
                    .port();
        }
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        ledger = application.getBean(Ledger.class);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        channel.shutdownNow();
        application.close();
    }

    private static PointsServiceBlockingStub stub(String... headers) {
        Metadata metadata = new Metadata();
        for (int i = 0; i < headers.length; i += 2) {
            metadata.put(Metadata.Key.of(headers[i], Metadata.ASCII_STRING_MARSHALLER), headers[i + 1]);
        }
        return PointsServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private PointsServiceBlockingStub calling(BranchOp op) {
        return stub(
                "entente-gid",
                gid,
                "entente-branch",
                "points",
                "entente-op",
                op.text(),
                "idempotency-key",
                gid + "/points/" + op);
    }

    private AddPointsRequest points(int points) {
        return AddPointsRequest.newBuilder().setAccount(gid).setPoints(points).build();
    }

    private TakePointsRequest taken(int points) {
        return TakePointsRequest.newBuilder().setAccount(gid).setPoints(points).build();
    }

    @Test
    void an_action_and_its_compensation_each_run_once() {
        AddPointsResponse first = calling(BranchOp.ACTION).add(points(1));
        assertThat(first.getPoints()).isEqualTo(ledger.written());
        assertThat(calling(BranchOp.ACTION).add(points(1))).isEqualTo(first);
        assertThat(ledger.kept(gid)).isEqualTo(1);
        for (int i = 0; i < 2; i++) {
            assertThat(calling(BranchOp.COMPENSATE).take(taken(1)).getPoints()).isEqualTo(7);
            assertThat(ledger.kept(gid)).isEqualTo(2);
        }
    }

    @Test
    void an_empty_compensation_does_nothing_and_refuses_the_late_action() {
        assertThat(calling(BranchOp.COMPENSATE).take(taken(1)).getPoints()).isZero();
        assertThatThrownBy(() -> calling(BranchOp.ACTION).add(points(1)))
                .hasMessageContaining("FAILED_PRECONDITION")
                .hasMessageContaining("ALREADY_UNDONE");
        assertThat(ledger.kept(gid)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "0, FAILED_PRECONDITION, NO_POINTS",
        "-1, INVALID_ARGUMENT, less than none",
        "-2, UNKNOWN, ''",
        "-3, UNKNOWN, ''"
    })
    void a_failure_is_returned_and_its_changes_are_rolled_back(int points, Status.Code code, String text) {
        assertThatThrownBy(() -> calling(BranchOp.ACTION).add(points(points)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        reported -> assertThat(reported.getStatus().getCode()).isEqualTo(code))
                .hasMessageContaining(text);
        assertThat(ledger.kept(gid)).isZero();
        if (points == 0) {
            assertThatThrownBy(() -> calling(BranchOp.ACTION).add(points(1))).hasMessageContaining("NO_POINTS");
        } else {
            assertThat(calling(BranchOp.ACTION).add(points(1)).getPoints()).isPositive();
        }
    }

    @Test
    void an_error_response_rolls_back_a_spring_transaction() {
        calling(BranchOp.ACTION).add(points(1));
        assertThatThrownBy(() -> calling(BranchOp.COMPENSATE).take(taken(-1))).hasMessageContaining("INVALID_ARGUMENT");
        assertThat(ledger.kept(gid)).isEqualTo(1);
    }

    @Test
    void another_operation_and_a_call_without_a_coordinator_are_refused() {
        assertThatThrownBy(() -> calling(BranchOp.COMPENSATE).add(points(1)))
                .hasMessageContaining("UNIMPLEMENTED")
                .hasMessageContaining("ENT-087: entente-op 'compensate' is not served here, only [action]");
        assertThatThrownBy(() -> stub().add(points(1)))
                .hasMessageContaining("UNIMPLEMENTED")
                .hasMessageContaining("entente-op are missing");
        assertThat(ledger.kept(gid)).isZero();
    }

    @Test
    void the_response_is_sent_after_the_commit() throws Exception {
        List<String> received = new ArrayList<>();
        StreamObserver<AddPointsResponse> answer = new StreamObserver<>() {
            @Override
            public void onNext(AddPointsResponse given) {
                received.add(TransactionSynchronizationManager.isActualTransactionActive() + " " + ledger.kept(gid));
            }

            @Override
            public void onError(@Nullable Throwable failure) {
                received.add(String.valueOf(failure));
            }

            @Override
            public void onCompleted() {
                received.add("completed");
            }
        };
        Points service = application.getBean(Points.class);
        Object unused = Branch.of(gid, "points", BranchOp.ACTION).call(() -> {
            service.add(points(1), answer);
            return "";
        });
        assertThat(received).containsExactly("false 1", "completed");
    }

    @Test
    void a_missing_key_table_is_misconfigured_and_its_definition_is_not_sent() {
        JdbcClient jdbc = application.getBean(JdbcClient.class);
        jdbc.sql("alter table entente_idempotency rename to away").update();
        try {
            for (PointsServiceBlockingStub stub : List.of(stub("idempotency-key", gid), calling(BranchOp.ACTION))) {
                assertThatThrownBy(() -> stub.welcome(points(1)))
                        .hasMessageStartingWith("UNIMPLEMENTED: ENT-094: misconfigured: the table entente_idempotency")
                        .hasMessageNotContaining("create table");
            }
            assertThat(ledger.kept(gid)).isZero();
        } finally {
            jdbc.sql("alter table away rename to entente_idempotency").update();
        }
    }

    @Test
    void a_request_with_a_key_and_a_coordinators_call_each_run_once() {
        AddPointsResponse first = stub("idempotency-key", gid).welcome(points(1));
        assertThat(stub("idempotency-key", gid).welcome(points(1))).isEqualTo(first);
        assertThatThrownBy(() -> stub("idempotency-key", gid).welcome(points(2)))
                .hasMessageContaining("belongs to another request");
        assertThat(ledger.kept(gid)).isEqualTo(1);

        AddPointsResponse called = calling(BranchOp.ACTION).welcome(points(1));
        PointsServiceBlockingStub forged = stub(
                "entente-gid", gid, "entente-branch", "points", "entente-op", "action", "idempotency-key", "another");
        assertThat(calling(BranchOp.ACTION).welcome(points(1))).isEqualTo(called);
        assertThat(forged.welcome(points(1))).isEqualTo(called);
        assertThat(ledger.kept(gid)).isEqualTo(2);
    }
}

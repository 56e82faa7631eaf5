package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import com.google.protobuf.StringValue;
import dev.entente.backends.PostgresServer;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.spring.GrpcServerLifecycle;
import dev.entente.spring.UnguardedCalls;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextPausedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Tests classes that alternate between two contexts. Spring pauses the first class's context and restarts it for the
 * third.
 */
final class PausedContextsIT {
    private static final MethodDescriptor<StringValue, StringValue> RESERVE =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodType.UNARY)
                    .setFullMethodName("shop.Stock/Reserve")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();
    private static final List<String> PAUSED = new CopyOnWriteArrayList<>();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        BindableService stock() {
            return () -> ServerServiceDefinition.builder("shop.Stock")
                    .addMethod(RESERVE, ServerCalls.asyncUnaryCall((item, answer) -> {
                        answer.onNext(item);
                        answer.onCompleted();
                    }))
                    .build();
        }

        @RestController
        static class Reservations {
            @PostMapping("/reservations")
            String reserve() {
                return "reserved";
            }
        }

        @EventListener
        void paused(ContextPausedEvent event) {
            PAUSED.add(event.getApplicationContext().getId());
        }
    }

    @EntenteTest
    abstract static class Scenario {
        @Autowired
        private Entente entente;

        @Autowired
        private TestCoordinator coordinator;

        @Autowired
        ConfigurableApplicationContext context;

        @DynamicPropertySource
        static void database(DynamicPropertyRegistry properties) {
            properties.add("spring.datasource.url", () -> Database.URL);
        }

        void succeeds(String gid, Function<Entente, Call<?>> call) {
            Saga saga = entente.saga("reserve").gid(gid);
            saga.step("reserve", call.apply(entente)).nothingToUndo();
            saga.submit();
            coordinator.await(gid).isSucceeded();
            assertThat(context.getBean(UnguardedCalls.class).clear()).hasSize(1); // the handlers have no barrier
        }
    }

    @SpringBootTest(
            classes = Application.class,
            webEnvironment = WebEnvironment.NONE,
            properties = {
                "spring.application.name=stock",
                "entente.grpc.port=0",
                "entente.barrier.create-table=true",
                "entente.outbox.create-tables=true",
                "entente.outbox.relay.enabled=true"
            })
    static class First extends Scenario {
        @Test
        void a_saga_succeeds() {
            succeeds(
                    getClass().getSimpleName(),
                    entente -> entente.participant("stock").call(RESERVE, StringValue.of("chair")));
            assertThat(context.getBean(GrpcServerLifecycle.class).isRunning()).isTrue();
        }
    }

    @SpringBootTest(
            classes = Application.class,
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = "spring.application.name=shop")
    static class Second extends Scenario {
        @Test
        void a_saga_succeeds_after_a_restart_on_another_port() {
            succeeds("second-1", entente -> entente.participant("shop").post("/reservations"));
            context.stop();
            context.start();
            succeeds("second-2", entente -> entente.participant("shop").post("/reservations"));
        }
    }

    static class Third extends First {}

    /** One database for all classes, because Spring caches contexts by their properties. */
    private static final class Database {
        static final String URL = PostgresServer.start().url("postgres");
    }

    @Test
    void a_paused_context_works_after_its_restart() {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(
                                        selectClass(First.class), selectClass(Second.class), selectClass(Third.class))
                                .build(),
                        summary);

        assertThat(summary.getSummary().getFailures()).isEmpty();
        assertThat(summary.getSummary().getTestsSucceededCount()).isEqualTo(3);
        assertThat(PAUSED).hasSizeGreaterThanOrEqualTo(2);
    }
}

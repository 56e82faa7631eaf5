package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

/** Tests an application with only the client. The build removes the SDK's other artifacts from the class path. */
final class WithoutPartsIT {
    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}

    private static ConfigurableApplicationContext start(String... properties) {
        return new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "spring.datasource.url=" + TestDatabase.url(),
                        "entente.target=127.0.0.1:9",
                        "entente.retry-for=1ms",
                        "entente.grpc.port=0",
                        "entente.barrier.create-table=true")
                .properties(properties)
                .run();
    }

    @BeforeAll
    static void the_artifacts_are_missing() {
        for (String type : new String[] {"dev.entente.outbox.Outbox", "dev.entente.idempotency.Idempotent"}) {
            assertThat(ClassUtils.isPresent(type, WithoutPartsIT.class.getClassLoader()))
                    .as(type)
                    .isFalse();
        }
    }

    @Test
    void the_client_and_the_barrier_work_without_the_other_artifacts() throws Exception {
        try (var context = start()) {
            Entente entente = context.getBean(Entente.class);
            assertThatThrownBy(() -> entente.notification("n")
                            .deliver(entente.participant("shop").post("/news"))
                            .submit())
                    .isInstanceOf(CoordinatorUnavailable.class);
            assertThat(context.containsBean("ententeCoordinatorHealthIndicator"))
                    .isTrue();
            assertThat(context.containsBean("ententeOutboxHealthIndicator")).isFalse();
            assertThat(context.getBean(EntenteEndpoint.class).read()).doesNotContainKey("outbox");
            assertThat(context.getBean(Housekeeping.class).isRunning()).isTrue();
            TransactionalBarrier barrier = context.getBean(TransactionalBarrier.class);
            AtomicInteger ran = new AtomicInteger();
            for (int call = 1; call <= 2; call++) {
                assertThat(Branch.of("without-parts", "b", BranchOp.ACTION)
                                .call(() -> barrier.run(
                                        StringValue.getDefaultInstance(),
                                        () -> StringValue.of("run " + ran.incrementAndGet()))))
                        .isEqualTo(StringValue.of("run 1"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "entente.outbox.create-tables=true, entente-outbox",
        "entente.outbox.relay.enabled=true, entente-outbox",
        "entente.idempotency.create-table=true, entente-patterns",
        "entente.idempotency.paths=/orders, entente-patterns",
        "entente.idempotency.required=true, entente-patterns"
    })
    void a_property_of_a_missing_artifact_is_refused(String property, String artifact) {
        assertThatThrownBy(() -> start(property)).hasMessageContainingAll("ENT-088", artifact);
    }
}

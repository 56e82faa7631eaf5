package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.entente.client.Entente;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

/** An application with the client alone. The build takes the other artifacts of the SDK from the class path. */
final class WithoutPartsIT {
    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class,
                    DataSourceTransactionManagerAutoConfiguration.class,
                    JacksonAutoConfiguration.class,
                    EntenteAutoConfiguration.class,
                    EntenteJdbcAutoConfiguration.class,
                    EntenteJsonAutoConfiguration.class,
                    EntenteIdempotencyAutoConfiguration.class,
                    EntenteIdempotencyWebAutoConfiguration.class,
                    EntenteAnnotationsAutoConfiguration.class,
                    EntenteRelayAutoConfiguration.class,
                    EntenteWebAutoConfiguration.class,
                    EntenteGrpcAutoConfiguration.class,
                    EntenteHousekeepingAutoConfiguration.class,
                    EntenteHealthAutoConfiguration.class,
                    EntenteMetersAutoConfiguration.class))
            .withPropertyValues(
                    "spring.datasource.url=" + TestDatabase.url(),
                    "entente.target=127.0.0.1:9",
                    "entente.grpc.port=0",
                    "entente.barrier.create-table=true");

    @BeforeAll
    static void the_artifacts_are_not_there() {
        for (String type : new String[] {"dev.entente.outbox.Outbox", "dev.entente.idempotency.Idempotent"}) {
            assertThat(ClassUtils.isPresent(type, WithoutPartsIT.class.getClassLoader()))
                    .as(type)
                    .isFalse();
        }
    }

    @Test
    void it_starts_transactions_and_takes_part_in_them() {
        application.run(context -> {
            assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(Entente.class)
                    .hasSingleBean(EntenteEndpoint.class)
                    .hasBean("ententeCoordinatorHealthIndicator")
                    .doesNotHaveBean("ententeOutboxHealthIndicator");
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
        });
    }

    @ParameterizedTest
    @CsvSource({
        "entente.outbox.create-tables=true, entente-outbox",
        "entente.outbox.relay.enabled=true, entente-outbox",
        "entente.idempotency.create-table=true, entente-patterns",
        "entente.idempotency.paths=/orders, entente-patterns"
    })
    void a_property_of_an_artifact_that_is_missing_is_refused(String property, String artifact) {
        application.withPropertyValues(property).run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContainingAll("ENT-088", artifact));
    }
}

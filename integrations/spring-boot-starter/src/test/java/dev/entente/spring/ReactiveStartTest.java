package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;

/** Tests a reactive web application. Its requests pass through no servlet filter. */
final class ReactiveStartTest {
    private final ReactiveWebApplicationContextRunner application = new ReactiveWebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    JacksonAutoConfiguration.class,
                    DataSourceAutoConfiguration.class,
                    DataSourceTransactionManagerAutoConfiguration.class,
                    EntenteAutoConfiguration.class,
                    EntenteJsonAutoConfiguration.class,
                    EntenteJdbcAutoConfiguration.class,
                    EntenteIdempotencyAutoConfiguration.class,
                    EntenteIdempotencyWebAutoConfiguration.class,
                    EntenteAnnotationsAutoConfiguration.class))
            .withPropertyValues("spring.datasource.url=" + TestDatabase.url(), "entente.target=127.0.0.1:9");

    private static void assertRefused(AssertableReactiveWebApplicationContext context) {
        assertThat(context.getStartupFailure())
                .hasStackTraceContaining("ENT-088")
                .hasStackTraceContaining("the web application is reactive")
                .hasStackTraceContaining("Spring MVC");
    }

    @ParameterizedTest
    @ValueSource(classes = {RefusedStartTest.Fine.class, RefusedStartTest.Once.class})
    void a_guarded_handler_is_refused(Class<?> controller) {
        application.withUserConfiguration(controller).run(ReactiveStartTest::assertRefused);
    }

    @Test
    void guarded_paths_are_refused() {
        application.withPropertyValues("entente.idempotency.paths=/orders").run(ReactiveStartTest::assertRefused);
    }

    @Test
    void client_and_outbox_work() {
        application
                .withUserConfiguration(RefusedStartTest.WantsTheOutbox.class)
                .run(context -> assertThat(context).hasNotFailed());
    }
}

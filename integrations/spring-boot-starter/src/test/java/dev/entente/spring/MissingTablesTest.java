package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.jdbc.Dialect;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** Tables that are not there, or cannot be: what the start says, and what works all the same. */
@ExtendWith(OutputCaptureExtension.class)
final class MissingTablesTest {
    private static final String NO_TABLE = "there is no table entente_barrier";

    private final WebApplicationContextRunner bare = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    JacksonAutoConfiguration.class,
                    EntenteAutoConfiguration.class,
                    EntenteJsonAutoConfiguration.class,
                    EntenteJdbcAutoConfiguration.class,
                    EntenteIdempotencyAutoConfiguration.class,
                    EntenteIdempotencyWebAutoConfiguration.class,
                    EntenteHousekeepingAutoConfiguration.class,
                    EntenteAnnotationsAutoConfiguration.class));

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_barrier_without_its_table_is_warned_of_where_a_bean_wants_one(Dialect dialect, CapturedOutput output) {
        WebApplicationContextRunner with = bare.withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class))
                .withPropertyValues("spring.datasource.url=" + TestDatabase.url(dialect));
        with.run(context -> assertThat(context).hasNotFailed());
        assertThat(output).doesNotContain(NO_TABLE);

        for (Class<?> wants : List.of(RefusedStartTest.Fine.class, RefusedStartTest.WantsTheBarrier.class)) {
            int before = output.length();
            with.withUserConfiguration(wants).run(context -> assertThat(context).hasNotFailed());
            assertThat(output.toString().substring(before))
                    .contains("WARN", NO_TABLE, "entente.barrier.create-table=true", "create table");
        }
        WebApplicationContextRunner wanted = with.withUserConfiguration(RefusedStartTest.Fine.class);
        int before = output.length();
        wanted.withPropertyValues("entente.barrier.create-table=true")
                .run(context -> assertThat(context).hasNotFailed());
        wanted.run(context -> assertThat(context).hasNotFailed());
        assertThat(output.toString().substring(before)).doesNotContain(NO_TABLE);
    }

    @Test
    void requests_without_a_key_pass_on_a_database_that_cannot_keep_keys() {
        WebApplicationContextRunner other = bare.withBean(DataSource.class, () -> RefusedStartTest.named("H2"));
        other.run(context -> {
            MockFilterChain chain = new MockFilterChain();
            MockHttpServletRequest request = new MockHttpServletRequest("POST", "/orders");
            request.addHeader("Idempotency-Key", "\"1\"");
            Objects.requireNonNull(context.getBean("ententeIdempotencyFilter", FilterRegistrationBean.class)
                            .getFilter())
                    .doFilter(request, new MockHttpServletResponse(), chain);
            assertThat(chain.getRequest()).isNotNull();
        });
        other.withPropertyValues("entente.idempotency.paths=/orders/**")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("ENT-088", "the data source leads to H2"));
    }
}

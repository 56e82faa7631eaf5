package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.entente.jdbc.Dialect;
import dev.entente.outbox.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** Tests missing tables and unavailable databases: the log of the start and the parts that still work. */
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
    void a_missing_barrier_table_is_logged_when_a_bean_needs_the_barrier(Dialect dialect, CapturedOutput output) {
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

    @ParameterizedTest
    @MethodSource("users")
    void the_definition_of_a_missing_table_is_logged_at_the_start(Class<?> wants, String table, CapturedOutput output) {
        bare.withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class))
                .withPropertyValues("spring.datasource.url=" + TestDatabase.url())
                .withUserConfiguration(wants)
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .contains("there is no table " + table, "ENT-094", "create table if not exists " + table)
                .doesNotContain(NO_TABLE);
    }

    static Stream<Arguments> users() {
        return Stream.of(
                arguments(RefusedStartTest.WantsTheOutbox.class, "entente_outbox"),
                arguments(ChosenManagerTest.WantsTheInbox.class, "entente_inbox"),
                arguments(RefusedStartTest.Once.class, "entente_idempotency"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql://127.0.0.1:1/shop", "jdbc:mariadb://127.0.0.1:1/shop"})
    void an_application_starts_while_its_database_is_unavailable(String url) {
        bare.withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class,
                        EntenteHealthAutoConfiguration.class))
                .withPropertyValues("spring.datasource.url=" + url, "entente.idempotency.paths=/orders/**")
                .withUserConfiguration(
                        RefusedStartTest.Fine.class,
                        RefusedStartTest.Once.class,
                        RefusedStartTest.WantsTheBarrier.class,
                        RefusedStartTest.WantsTheOutbox.class,
                        ChosenManagerTest.WantsTheInbox.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    Dialect dialect = url.contains("mariadb") ? Dialect.MARIADB : Dialect.POSTGRES;
                    assertThat(context.getBean(Outbox.class).ddl())
                            .isEqualTo(dialect.ddl(Outbox.class, "entente_outbox"));
                });
    }

    @Test
    void a_property_sets_the_dialect_when_no_url_is_known() {
        WebApplicationContextRunner unavailable = bare.withBean(DataSource.class, Unavailable::new)
                .withConfiguration(AutoConfigurations.of(DataSourceTransactionManagerAutoConfiguration.class));
        unavailable.run(context -> assertThat(context).hasNotFailed());

        WebApplicationContextRunner wants = unavailable.withUserConfiguration(RefusedStartTest.WantsTheOutbox.class);
        wants.run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContaining("ENT-088: the database is unavailable")
                .hasMessageContaining("entente.dialect=postgres"));
        wants.withPropertyValues("entente.dialect=postgres")
                .run(context -> assertThat(context).hasNotFailed());
    }

    private static final class Unavailable extends AbstractDataSource {
        @Override
        public Connection getConnection() throws SQLException {
            throw new SQLException("connection refused", "08001");
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return getConnection();
        }
    }

    @Test
    void requests_outside_guarded_paths_pass_on_an_unsupported_database() {
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
                        .hasMessageContaining("ENT-088", "the data source connects to H2"));
    }
}

package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.entente.client.Entente;
import dev.entente.idempotency.Idempotent;
import dev.entente.jdbc.Dialect;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.stereotype.Controller;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Tests applications that do not start. Each error names the problem and the solution. */
@ExtendWith(OutputCaptureExtension.class)
final class RefusedStartTest {
    private final ApplicationContextRunner bare = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    EntenteAutoConfiguration.class,
                    EntenteJsonAutoConfiguration.class,
                    EntenteJdbcAutoConfiguration.class,
                    EntenteIdempotencyAutoConfiguration.class,
                    EntenteAnnotationsAutoConfiguration.class));
    private final ApplicationContextRunner withDatabase = bare.withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class))
            .withPropertyValues("spring.datasource.url=" + TestDatabase.url());

    @RestController
    static class Fine {
        @PostMapping
        @Barriered
        String fine() {
            return "";
        }
    }

    @RestController
    static class Once {
        @PostMapping
        @Idempotent
        String fine() {
            return "";
        }
    }

    static class WantsTheBarrier {
        WantsTheBarrier(TransactionalBarrier barrier) {
            assertThat(barrier).isNotNull();
        }
    }

    static class WantsTheOutbox {
        WantsTheOutbox(TransactionalOutbox outbox) {
            assertThat(outbox).isNotNull();
        }
    }

    @RestController
    static class PrivateMethod {
        @PostMapping
        @Barriered
        private String wrong() {
            return "";
        }
    }

    @RestController
    static class StaticMethod {
        @PostMapping
        @Barriered
        static String wrong() {
            return "";
        }
    }

    @RestController
    @Barriered
    static class FinalMethod {
        @PostMapping
        public final String wrong() {
            return "";
        }
    }

    @RestController
    static final class FinalClass {
        @PostMapping
        @Barriered
        public String wrong() {
            return "";
        }
    }

    @RestController
    static class Later {
        @PostMapping
        @Barriered
        public CompletableFuture<String> wrong() {
            return CompletableFuture.completedFuture("");
        }
    }

    @RestController
    static class Streamed {
        @PostMapping
        @Barriered
        public StreamingResponseBody wrong() {
            return out -> {};
        }
    }

    @RestController
    static class StreamedEntity {
        @PostMapping
        @Barriered
        public ResponseEntity<StreamingResponseBody> wrong() {
            return ResponseEntity.ok(out -> {});
        }
    }

    @RestController
    static class WithReason {
        @PostMapping
        @Barriered
        @ResponseStatus(code = HttpStatus.ACCEPTED, reason = "accepted")
        public void wrong() {}
    }

    @Controller
    static class View {
        @PostMapping
        @Barriered
        public String wrong() {
            return "page";
        }
    }

    @RestController
    static class Unmapped {
        @Barriered
        public String wrong() {
            return "";
        }
    }

    @Service
    static class NoHandler {
        @Barriered
        public String wrong() {
            return "";
        }
    }

    @Service
    static class NoHandlerOfKeys {
        @Idempotent
        public String wrong() {
            return "";
        }
    }

    @Service
    @Barriered
    static class NothingToDo {}

    @Barriered
    static class Streams extends ParticipantServiceGrpc.ParticipantServiceImplBase {
        @Override
        public StreamObserver<ExecuteRequest> execute(StreamObserver<ExecuteResponse> answers) {
            throw new UnsupportedOperationException();
        }
    }

    static class KeyedStreams extends ParticipantServiceGrpc.ParticipantServiceImplBase {
        @Override
        @Idempotent
        public StreamObserver<ExecuteRequest> execute(StreamObserver<ExecuteResponse> answers) {
            throw new UnsupportedOperationException();
        }
    }

    static final List<Arguments> WRONG = List.of(
            arguments(PrivateMethod.class, "wrong is private, so that no proxy"),
            arguments(StaticMethod.class, "wrong is static, so that no proxy"),
            arguments(FinalMethod.class, "wrong is public final, so that no proxy"),
            arguments(FinalClass.class, "wrong is in a final class"),
            arguments(Later.class, "wrong returns java.util.concurrent.CompletableFuture<java.lang.String>"),
            arguments(Streamed.class, "StreamingResponseBody, which is a view, or not complete"),
            arguments(StreamedEntity.class, "not complete when the method returns"),
            arguments(WithReason.class, "wrong has @ResponseStatus with a reason"),
            arguments(View.class, "wrong returns java.lang.String, which is a view"),
            arguments(Unmapped.class, "wrong is not a handler; put it on a mapped method of a @Controller"),
            arguments(NoHandler.class, "wrong is not a handler"),
            arguments(NoHandlerOfKeys.class, "@Idempotent cannot work"),
            arguments(NothingToDo.class, "there is no handler in the class"),
            arguments(Streams.class, "execute is a streaming method; annotate only unary methods"),
            arguments(KeyedStreams.class, "execute is a streaming method"));

    @ParameterizedTest
    @FieldSource("WRONG")
    void an_unsupported_mark_is_refused_with_its_class_and_the_reason(Class<?> wrong, String reported) {
        withDatabase
                .withUserConfiguration(wrong)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith("ENT-088: @")
                        .hasMessageContaining(wrong.getName())
                        .hasMessageContaining(reported));
    }

    @Test
    void a_mark_requires_a_database() {
        bare.withUserConfiguration(Fine.class)
                .withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining(Fine.class.getName())
                        .hasMessageContaining("spring.datasource.url"));
        withDatabase
                .withUserConfiguration(Fine.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    /** Returns a data source that reports a product name and supports nothing else. */
    static DataSource named(String product) {
        return named(product, "1");
    }

    static DataSource named(String product, String version) {
        ClassLoader loader = RefusedStartTest.class.getClassLoader();
        DatabaseMetaData name = (DatabaseMetaData) Proxy.newProxyInstance(
                loader,
                new Class<?>[] {DatabaseMetaData.class},
                (self, method, arguments) -> method.getName().equals("getDatabaseProductVersion") ? version : product);
        Connection connection = (Connection) Proxy.newProxyInstance(
                loader,
                new Class<?>[] {Connection.class},
                (self, method, arguments) -> "getMetaData".equals(method.getName()) ? name : null);
        return new AbstractDataSource() {
            @Override
            public Connection getConnection() {
                return connection;
            }

            @Override
            public Connection getConnection(String user, String password) {
                return connection;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"H2", "MySQL", "Oracle"})
    void an_unsupported_database_is_refused_when_a_feature_needs_tables(String product) {
        ApplicationContextRunner other = bare.withBean(DataSource.class, () -> named(product))
                .withBean(PlatformTransactionManager.class, () -> new JdbcTransactionManager(named(product)))
                .withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class));
        for (ApplicationContextRunner wants : List.of(
                other.withUserConfiguration(Fine.class),
                other.withUserConfiguration(Once.class),
                other.withUserConfiguration(WantsTheBarrier.class),
                other.withUserConfiguration(WantsTheOutbox.class),
                other.withPropertyValues("entente.barrier.create-table=true"),
                other.withPropertyValues("entente.outbox.create-tables=true"),
                other.withPropertyValues("entente.idempotency.create-table=true"))) {
            wants.run(context -> assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("ENT-088", "the data source connects to " + product)
                    .satisfies(reported ->
                            assertThat(analyzed(reported).getAction()).contains("PostgreSQL")));
        }
    }

    @Test
    void an_application_without_tables_starts_on_an_unsupported_database() {
        bare.withBean(DataSource.class, () -> named("H2"))
                .withBean(PlatformTransactionManager.class, () -> new JdbcTransactionManager(named("H2")))
                .withConfiguration(AutoConfigurations.of(
                        EntenteHousekeepingAutoConfiguration.class,
                        EntenteHealthAutoConfiguration.class,
                        EntenteSpringGrpcAutoConfiguration.class))
                .withPropertyValues("entente.target=127.0.0.1:9")
                .run(context -> {
                    assertThat(context).hasNotFailed().hasSingleBean(Entente.class);
                    assertThat(context.getBean(Housekeeping.class).isRunning()).isTrue();
                    OutboxWatch watch = context.getBean(OutboxWatch.class);
                    watch.run();
                    assertThat(watch.last().error()).isEqualTo("there is no outbox on this database");
                    assertThat(watch.last().isDown()).isFalse();
                    assertThat(context.getBean(EntenteEndpoint.class).read()).doesNotContainKey("outbox");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "my orders", "orders/eu", "_orders", "orders:1", "caf\u00e9"})
    void an_invalid_participant_name_is_refused(String name) {
        bare.withPropertyValues("entente.target=127.0.0.1:9", "entente.participant.name=" + name)
                .run(context -> assertThat(analyzed(context.getStartupFailure()))
                        .satisfies(reported -> assertThat(reported.getDescription())
                                .isEqualTo("ENT-088: entente.participant.name is '" + name.strip()
                                        + "', which is not a valid name of a participant"))
                        .satisfies(reported -> assertThat(reported.getAction()).contains("letters, digits, _ and -")));
    }

    private static FailureAnalysis analyzed(@Nullable Throwable failure) {
        FailureAnalysis analysis = new StartFailures().analyze(Objects.requireNonNull(failure));
        assertThat(analysis).isNotNull();
        return analysis;
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void the_error_for_a_missing_right_has_the_grant_and_the_statements(Dialect dialect) throws SQLException {
        String url = TestDatabase.url(dialect);
        String user = dialect == Dialect.POSTGRES ? "postgres" : "root";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            if (dialect == Dialect.POSTGRES) {
                statement.execute("create role weak login");
                statement.execute("revoke create on schema public from public");
            } else {
                statement.execute("create user weak");
                statement.execute("grant select on " + connection.getCatalog() + ".* to weak");
            }
        }
        withDatabase
                .withPropertyValues(
                        "spring.datasource.url=" + url.replace("user=" + user, "user=weak"),
                        "entente.outbox.create-tables=true")
                .run(context -> assertThat(analyzed(context.getStartupFailure()).getAction())
                        .contains(
                                dialect == Dialect.POSTGRES ? "grant create on schema public to \"weak\"" : "to 'weak'")
                        .contains("set entente.outbox.create-tables to false", "create table", "entente_inbox"));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class WantsTheClient {
        WantsTheClient(Entente entente) {
            assertThat(entente).isNotNull();
        }
    }

    @Test
    void spring_boot_reports_a_missing_client_with_the_property_to_set(CapturedOutput output) {
        assertThatThrownBy(() -> new SpringApplicationBuilder(WantsTheClient.class)
                        .web(WebApplicationType.NONE)
                        .properties("spring.datasource.url=" + TestDatabase.url(), "spring.jpa.hibernate.ddl-auto=none")
                        .run())
                .isNotNull();
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("There is no bean of dev.entente.client.Entente, which the bean 'refusedStartTest")
                .contains("Set entente.target");
    }

    @Test
    void other_start_failures_are_left_to_spring_boot() {
        assertThat(new StartFailures().analyze(new IllegalStateException("another")))
                .isNull();
    }
}

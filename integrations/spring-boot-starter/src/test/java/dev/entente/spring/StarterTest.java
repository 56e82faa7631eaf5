package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.client.Entente;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.BranchServletFilter;
import dev.entente.participant.CallSignature;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.jdbc.datasource.DataSourceUtils;

/** Beans that are there, and those that are not, by properties and by what an application has. */
final class StarterTest {
    private static final AutoConfigurations OURS = AutoConfigurations.of(
            EntenteAutoConfiguration.class,
            EntenteJdbcAutoConfiguration.class,
            EntenteIdempotencyAutoConfiguration.class,
            EntenteIdempotencyWebAutoConfiguration.class,
            EntenteAnnotationsAutoConfiguration.class,
            EntenteRelayAutoConfiguration.class,
            EntenteWebAutoConfiguration.class,
            EntenteGrpcAutoConfiguration.class,
            EntenteSpringGrpcAutoConfiguration.class,
            EntenteHealthAutoConfiguration.class,
            EntenteMetersAutoConfiguration.class);

    @TempDir
    private Path folder;

    private final ApplicationContextRunner bare = new ApplicationContextRunner().withConfiguration(OURS);
    private final ApplicationContextRunner withDatabase = bare.withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class))
            .withPropertyValues("spring.datasource.url=" + TestDatabase.url());

    @Test
    void without_a_target_and_a_database_there_is_nothing_to_do() {
        bare.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(Entente.class)
                .doesNotHaveBean(Barrier.class)
                .doesNotHaveBean(RelayLifecycle.class)
                .doesNotHaveBean(GrpcServerLifecycle.class));
    }

    @Test
    void a_target_makes_a_client_and_its_health() {
        bare.withPropertyValues("entente.target=127.0.0.1:9", "entente.call-timeout=300ms", "entente.retry-for=300ms")
                .run(context -> {
                    assertThat(context).hasSingleBean(Entente.class);
                    HealthIndicator health =
                            context.getBean("ententeCoordinatorHealthIndicator", HealthIndicator.class);
                    assertThat(health.health()).satisfies(told -> {
                        assertThat(told.getStatus()).isEqualTo(Status.DOWN);
                        assertThat(told.getDetails()).containsEntry("target", "127.0.0.1:9");
                    });
                    Info.Builder info = new Info.Builder();
                    context.getBean("ententeInfoContributor", InfoContributor.class)
                            .contribute(info);
                    assertThat(info.build().getDetails().toString()).contains("127.0.0.1:9");
                });
    }

    @Test
    void a_database_makes_barrier_outbox_and_inbox() {
        withDatabase.run(context -> assertThat(context)
                .hasSingleBean(Barrier.class)
                .hasSingleBean(Outbox.class)
                .hasSingleBean(Inbox.class)
                .hasSingleBean(TransactionalBarrier.class)
                .hasSingleBean(TransactionalOutbox.class)
                .hasSingleBean(TransactionalInbox.class)
                .doesNotHaveBean(RelayLifecycle.class));
    }

    @Test
    void beans_of_the_application_go_before() {
        Barrier own = Barrier.postgres();
        withDatabase
                .withBean(Barrier.class, () -> own)
                .run(context -> assertThat(context.getBean(Barrier.class)).isSameAs(own));
    }

    @Test
    void an_application_without_jdbc_gets_no_tables() {
        withDatabase
                .withClassLoader(new FilteredClassLoader(DataSourceUtils.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Outbox.class));
    }

    @Test
    void a_relay_runs_as_long_as_the_application_and_is_measured() {
        withDatabase
                .withPropertyValues(
                        "entente.outbox.create-tables=true",
                        "entente.outbox.relay.enabled=true",
                        "entente.outbox.relay.in-flight=10",
                        "entente.outbox.relay.keep-sent=1d")
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .run(context -> {
                    RelayLifecycle lifecycle = context.getBean(RelayLifecycle.class);
                    assertThat(lifecycle.isRunning()).isTrue();
                    assertThat(context.getBean(MeterRegistry.class).getMeters())
                            .anyMatch(meter -> meter.getId().getName().contains("outbox"));
                    HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
                    assertThat(health.health()).extracting(Health::getStatus).isEqualTo(Status.UP);

                    lifecycle.stop();

                    assertThat(lifecycle.relay()).isNull();
                    assertThat(health.health()).extracting(Health::getStatus).isEqualTo(Status.DOWN);
                });
    }

    @Test
    void a_port_makes_a_grpc_server_and_else_spring_grpc_gets_the_interceptor() {
        bare.withPropertyValues("entente.grpc.port=0").run(context -> {
            assertThat(context).doesNotHaveBean(BranchInterceptor.class);
            assertThat(context.getBean(GrpcServerLifecycle.class).port()).isPositive();
        });
        bare.run(context ->
                assertThat(context).hasSingleBean(BranchInterceptor.class).doesNotHaveBean(GrpcServerLifecycle.class));
    }

    @Test
    void the_filter_stands_before_handlers_unless_it_is_switched_off() {
        WebApplicationContextRunner web = new WebApplicationContextRunner().withConfiguration(OURS);
        web.run(context -> assertThat(
                        context.getBean(FilterRegistrationBean.class).getFilter())
                .isInstanceOf(BranchServletFilter.class));
        web.withPropertyValues("entente.web.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
    }

    @Test
    void keys_are_read_from_a_file_and_a_missing_one_is_told() throws IOException {
        Path keys =
                Files.writeString(folder.resolve("keys"), "a-key-of-sixteen-characters\n\nanother-key-of-that-kind\n");
        bare.withPropertyValues("entente.signing-key-file=" + keys)
                .run(context -> assertThat(context).hasSingleBean(CallSignature.class));
        bare.withPropertyValues("entente.signing-key-file=" + folder.resolve("none"))
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("none"));
    }

    @Test
    void every_property_is_described_for_editors_and_in_the_docs() throws IOException {
        Set<String> bound = properties("entente", EntenteProperties.class);
        String metadata = Files.readString(Path.of("src/main/resources/META-INF/spring-configuration-metadata.json"));
        assertThat(names(Pattern.compile("\"name\": \"(entente\\.[a-z.-]+)\",\\s+\"type\": \"java"), metadata))
                .isEqualTo(bound);
        String page = Files.readString(Path.of("../../docs/spring.md"));
        assertThat(names(Pattern.compile("(?m)^\\| `(entente\\.[a-z.-]+)` \\|"), page))
                .isEqualTo(bound);
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names of a record's components, as properties are written. */
    private static Set<String> properties(String prefix, Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (var component : List.of(type.getRecordComponents())) {
            String name = prefix + "."
                    + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
            if (component.getType().isRecord()) {
                names.addAll(properties(name, component.getType()));
            } else {
                names.add(name);
            }
        }
        return names;
    }
}

package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.entente.client.Entente;
import dev.entente.client.JsonCodec;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import dev.entente.participant.BranchServletFilter;
import dev.entente.participant.CallSignature;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.support.StaticApplicationContext;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.jdbc.datasource.DataSourceUtils;

/** Tests which beans exist for given properties and for given beans of the application. */
@ExtendWith(OutputCaptureExtension.class)
final class StarterTest {
    private static final AutoConfigurations OURS = AutoConfigurations.of(
            EntenteAutoConfiguration.class,
            EntenteJsonAutoConfiguration.class,
            EntenteJdbcAutoConfiguration.class,
            EntenteIdempotencyAutoConfiguration.class,
            EntenteIdempotencyWebAutoConfiguration.class,
            EntenteAnnotationsAutoConfiguration.class,
            EntenteRelayAutoConfiguration.class,
            EntenteWebAutoConfiguration.class,
            EntenteGrpcAutoConfiguration.class,
            EntenteSpringGrpcAutoConfiguration.class,
            EntenteHousekeepingAutoConfiguration.class,
            EntenteHealthAutoConfiguration.class,
            EntenteMetersAutoConfiguration.class);

    @TempDir
    private Path folder;

    private final ApplicationContextRunner bare = new ApplicationContextRunner().withConfiguration(OURS);
    private final ApplicationContextRunner withDatabase = bare.withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class))
            .withPropertyValues("spring.datasource.url=" + TestDatabase.url());

    @Test
    void an_application_without_target_and_database_has_no_beans_of_entente() {
        bare.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(Entente.class)
                .doesNotHaveBean(Barrier.class)
                .doesNotHaveBean(RelayLifecycle.class)
                .doesNotHaveBean(GrpcServerLifecycle.class));
    }

    @Test
    void a_target_creates_a_client_and_its_health_indicator() {
        bare.withPropertyValues("entente.target=127.0.0.1:9", "entente.call-timeout=300ms", "entente.retry-for=300ms")
                .run(context -> {
                    assertThat(context).hasSingleBean(Entente.class);
                    HealthIndicator health =
                            context.getBean("ententeCoordinatorHealthIndicator", HealthIndicator.class);
                    Awaitility.await()
                            .untilAsserted(() -> assertThat(health.health()).satisfies(reported -> {
                                assertThat(reported.getStatus()).isEqualTo(Status.DOWN);
                                assertThat(reported.getDetails())
                                        .containsEntry("target", "127.0.0.1:9")
                                        .containsEntry("canSubmit", false)
                                        .doesNotContainKey("canSubmitThroughOutbox");
                            }));
                    Info.Builder info = new Info.Builder();
                    context.getBean("ententeInfoContributor", InfoContributor.class)
                            .contribute(info);
                    assertThat(info.build().getDetails().toString()).contains("127.0.0.1:9");
                });
    }

    record Ordered(String id, Map<String, Integer> items) {}

    /** Checks that the client's codec writes and reads a record. */
    private static void assertMapped(AssertableApplicationContext context) throws Exception {
        Ordered ordered = new Ordered("7", Map.of("table", 1, "chair", 4, "lamp", 2));
        String json = "{\"id\":\"7\",\"items\":{\"chair\":4,\"lamp\":2,\"table\":1}}";
        assertThat(context.getBean(Entente.class)
                        .participant("p")
                        .post("/orders")
                        .json(ordered)
                        .toProto()
                        .getRaw()
                        .toStringUtf8())
                .isEqualTo(json);
        assertThat(context.getBean(JsonCodec.class).reads().read(json, Ordered.class))
                .isEqualTo(ordered);
    }

    @Test
    void the_client_writes_json_with_the_applications_mapper() {
        ApplicationContextRunner client = bare.withPropertyValues("entente.target=127.0.0.1:9");
        client.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
                .run(StarterTest::assertMapped);
        client.withBean(ObjectMapper.class).run(StarterTest::assertMapped);
        client.withBean(ObjectMapper.class)
                .withClassLoader(new FilteredClassLoader("tools.jackson"))
                .run(StarterTest::assertMapped);
        client.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("com.fasterxml.jackson.databind"))
                .run(StarterTest::assertMapped);
        JsonCodec own = new JsonCodec((value, type) -> "{}", (json, type) -> null);
        client.withBean(JsonCodec.class, () -> own)
                .withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
                .run(context -> assertThat(context.getBean(JsonCodec.class)).isSameAs(own));
        client.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JsonCodec.class));
    }

    @Test
    void connection_details_of_the_application_create_a_client() {
        EntenteConnectionDetails own = () -> "127.0.0.1:8";
        ApplicationContextRunner detailed = bare.withBean(EntenteConnectionDetails.class, () -> own);
        for (ApplicationContextRunner each :
                List.of(detailed, detailed.withPropertyValues("entente.target=127.0.0.1:9"))) {
            each.run(context -> {
                assertThat(context).hasSingleBean(Entente.class);
                Info.Builder info = new Info.Builder();
                context.getBean("ententeInfoContributor", InfoContributor.class).contribute(info);
                assertThat(info.build().getDetails().toString()).contains("127.0.0.1:8");
            });
        }
    }

    @Test
    void a_named_participant_announces_itself_repeatedly_until_a_refusal() throws IOException {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(2)) {
            bare.withPropertyValues(
                            "entente.target=" + coordinator.target(),
                            "entente.participant.name=stock",
                            "entente.grpc.port=0")
                    .run(context -> {
                        int port = context.getBean(GrpcServerLifecycle.class).port();
                        Awaitility.await().until(() -> coordinator.reported().size() >= 3);
                        assertThat(coordinator.reported()).containsOnly("stock localhost:" + port);
                        Awaitility.await()
                                .until(() -> !context.getBean(ParticipantAnnouncement.class)
                                        .isRunning());
                    });
            assertThat(coordinator.reported()).hasSize(3);
        }
    }

    /** A server factory like that of Spring gRPC's configuration. */
    @Configuration(proxyBeanMethods = false)
    static class SpringGrpc implements GrpcServerFactory {
        @Override
        public Server createServer() {
            return Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                    .build();
        }

        @Override
        public void addService(ServerServiceDefinition service) {}

        @Bean
        org.springframework.grpc.server.lifecycle.GrpcServerLifecycle springGrpcServer(
                ApplicationEventPublisher publisher) {
            return new org.springframework.grpc.server.lifecycle.GrpcServerLifecycle(
                    this, Duration.ofSeconds(1), publisher);
        }
    }

    @Test
    void a_participant_on_spring_grpc_announces_the_port_of_its_server() throws IOException {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(100)) {
            bare.withUserConfiguration(SpringGrpc.class)
                    .withPropertyValues("entente.target=" + coordinator.target(), "entente.participant.name=stock")
                    .run(context -> {
                        Awaitility.await().until(() -> !coordinator.reported().isEmpty());
                        String port =
                                String.valueOf(context.getBean(OwnAddress.class).target());
                        assertThat(port).startsWith("localhost:");
                        assertThat(coordinator.reported()).containsOnly("stock " + port);
                    });
        }
    }

    @Test
    void a_database_creates_barrier_outbox_and_inbox() {
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
    void beans_of_the_application_take_precedence() {
        Barrier own = Barrier.postgres();
        withDatabase
                .withBean(Barrier.class, () -> own)
                .run(context -> assertThat(context.getBean(Barrier.class)).isSameAs(own));
    }

    @Test
    void an_application_without_spring_jdbc_has_no_outbox() {
        withDatabase
                .withClassLoader(new FilteredClassLoader(DataSourceUtils.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Outbox.class));
    }

    @ParameterizedTest
    @CsvSource({"2, true", "3, false"})
    void a_pool_that_is_too_small_for_the_relay_is_logged(int size, boolean isWarned, CapturedOutput output) {
        withDatabase
                .withPropertyValues(
                        "entente.outbox.create-tables=true",
                        "entente.outbox.relay.enabled=true",
                        "spring.datasource.hikari.maximum-pool-size=" + size)
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output.getOut().contains("holds two of the 2 connections")).isEqualTo(isWarned);
    }

    @Test
    void a_relay_runs_while_the_application_runs_and_has_meters(CapturedOutput output) {
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
                    context.publishEvent(new ContextRefreshedEvent(new StaticApplicationContext(context)));
                    assertThat(output).doesNotContain("already registered");
                    HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
                    assertThat(health.health()).extracting(Health::getStatus).isEqualTo(Status.UP);

                    lifecycle.stop();

                    assertThat(lifecycle.relay()).isNull();
                    assertThat(health.health()).extracting(Health::getStatus).isEqualTo(Status.DOWN);
                });
    }

    @Test
    void a_port_creates_a_grpc_server_instead_of_an_interceptor_for_spring_grpc() {
        bare.withPropertyValues("entente.grpc.port=0").run(context -> {
            assertThat(context).doesNotHaveBean("ententeBranchInterceptor");
            assertThat(context.getBean(GrpcServerLifecycle.class).port()).isPositive();
        });
        bare.run(context ->
                assertThat(context).hasBean("ententeBranchInterceptor").doesNotHaveBean(GrpcServerLifecycle.class));
    }

    @Test
    void the_filters_are_registered_unless_a_property_disables_them() {
        WebApplicationContextRunner web = new WebApplicationContextRunner().withConfiguration(OURS);
        web.run(context -> {
            assertThat(context.getBean("ententeBranchFilter", FilterRegistrationBean.class)
                            .getFilter())
                    .isInstanceOf(BranchServletFilter.class);
            assertThat(context.getBean("ententeOutcomesFilter", FilterRegistrationBean.class)
                            .getFilter())
                    .isInstanceOf(OutcomesFilter.class);
        });
        web.withPropertyValues("entente.web.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
    }

    @ParameterizedTest
    @CsvSource({
        "entente.barrier.retention=4s, entente.barrier.*, two days",
        "entente.barrier.longest-wait=-1s, entente.barrier.*, wait",
        "entente.outbox.relay.in-flight=0, entente.outbox.relay.*, use 1 to 1000",
        "entente.outbox.relay.give-up-after=15d, entente.outbox.relay.*, 14 days",
        "entente.call-timeout=-1s, entente.*, timeout",
        "entente.grpc.threads=0, entente.grpc.*, threads is 0",
        "entente.grpc.port=70000, entente.grpc.*, 70000",
        "entente.retry-for=-1s, entente.*, -1"
    })
    void an_invalid_value_is_refused_with_its_properties(String property, String named, String why) {
        withDatabase
                .withPropertyValues(
                        "entente.target=127.0.0.1:9",
                        "entente.outbox.relay.enabled=true",
                        "entente.grpc.port=0",
                        property)
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("ENT-088: a property " + named)
                        .hasStackTraceContaining(why));
    }

    @Test
    void an_invalid_retention_of_keys_is_refused_with_its_property() {
        withDatabase
                .withPropertyValues("entente.idempotency.retention=0s")
                .run(context -> assertThatThrownBy(() -> context.getBean(IdempotencyKeys.class))
                        .hasStackTraceContaining("ENT-088: a property entente.idempotency.*")
                        .hasStackTraceContaining("at least a second"));
    }

    @Test
    void signing_keys_are_read_from_a_file_and_a_missing_file_is_reported(CapturedOutput output) throws IOException {
        Path keys =
                Files.writeString(folder.resolve("keys"), "a-key-of-sixteen-characters\n\nanother-key-of-that-kind\n");
        bare.withPropertyValues("entente.signing-key-file=" + keys, "entente.grpc.port=0")
                .run(context -> assertThat(context).hasSingleBean(CallSignature.class));
        assertThat(output).doesNotContain("accept unsigned calls");
        bare.withPropertyValues("entente.signing-key-file=" + keys)
                .run(context -> assertThat(context).hasSingleBean(CallSignature.class));
        assertThat(output).contains("WARN", "accept unsigned calls");
        bare.withPropertyValues("entente.signing-key-file=" + folder.resolve("none"))
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("none"));
    }

    @Test
    void every_property_is_in_the_metadata_and_in_the_documentation() throws IOException {
        Set<String> bound = properties("entente", EntenteProperties.class);
        String metadata = Files.readString(Path.of("src/main/resources/META-INF/spring-configuration-metadata.json"));
        assertThat(names(
                        Pattern.compile(
                                "\"name\": \"(entente\\.[a-z.-]+)\",\\s+\"type\": \"(?:java|dev\\.entente\\.jdbc)"),
                        metadata))
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

    /** Returns the names of a record's components in the spelling of properties. */
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

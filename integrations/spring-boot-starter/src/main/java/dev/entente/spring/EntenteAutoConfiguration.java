package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.client.JsonCodec;
import dev.entente.participant.CallSignature;
import dev.entente.trace.Tracing;
import io.micrometer.tracing.Tracer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** The coordinator's client, and the keys that verify the coordinator's calls. */
@AutoConfiguration
@EnableConfigurationProperties(EntenteProperties.class)
public class EntenteAutoConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(EntenteAutoConfiguration.class);

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("entente.target")
    EntenteConnectionDetails ententeConnectionDetails(EntenteProperties properties) {
        return new ConfiguredConnection(properties);
    }

    /** Creates the client, which connects at the first call. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    @ConditionalOnBean(EntenteConnectionDetails.class)
    Entente entente(
            EntenteConnectionDetails connection,
            EntenteProperties properties,
            ObjectProvider<JsonCodec> json,
            ObjectProvider<Tracing> tracing,
            ObjectProvider<EntenteCustomizer> customizers) {
        Entente.Builder builder = Entente.builder(connection.target()).tls(connection.tls()).stream(properties.stream())
                .roundRobin(properties.roundRobin());
        Supplier<String> token = connection.bearerToken();
        if (token != null) {
            builder.bearerToken(token);
        }
        Entente.Builder configured = WrongSetup.check("entente", () -> configured(builder, properties));
        json.ifAvailable(configured::json);
        tracing.ifAvailable(configured::tracing);
        customizers.orderedStream().forEach(customizer -> customizer.customize(configured));
        return configured.build();
    }

    /** Spans of the application's tracer. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Tracer.class)
    static class Spans {
        @Bean
        @ConditionalOnMissingBean
        Tracing ententeTracing(ObjectProvider<Tracer> tracer) {
            Tracer own = tracer.getIfUnique();
            return own == null ? Tracing.found() : new MicrometerTracing(own);
        }
    }

    /** Refuses properties of an artifact that the application does not have; otherwise they would be ignored. */
    @Bean
    SmartInitializingSingleton ententeParts(EntenteProperties properties) {
        return () -> {
            EntenteProperties.OutboxTables outbox = properties.outbox();
            EntenteProperties.Idempotency keys = properties.idempotency();
            require(outbox.createTables() || outbox.relay().enabled(), "outbox", "dev.entente.outbox.Outbox");
            require(
                    keys.createTable() || keys.required() || !keys.paths().isEmpty(),
                    "idempotency",
                    "dev.entente.idempotency.IdempotencyKeys");
        };
    }

    private static void require(boolean isUsed, String properties, String type) {
        if (isUsed && !ClassUtils.isPresent(type, EntenteAutoConfiguration.class.getClassLoader())) {
            String artifact = properties.equals("outbox") ? "entente-outbox" : "entente-patterns";
            throw new WrongSetup(
                    "entente." + properties + ".* is set, but the application does not have " + artifact,
                    "add the dependency dev.entente:" + artifact,
                    null);
        }
    }

    private static Entente.Builder configured(Entente.Builder builder, EntenteProperties properties) {
        PropertyMapper given = PropertyMapper.get();
        given.from(properties.callTimeout()).to(builder::callTimeout);
        given.from(properties.retryFor()).to(builder::retryFor);
        properties.participants().forEach(builder::participant);
        return builder;
    }

    @Bean
    OwnAddress ententeOwnAddress(Environment environment, ObjectProvider<GrpcServerLifecycle> grpcServer) {
        return new OwnAddress(environment, grpcServer);
    }

    @Bean
    @ConditionalOnMissingBean(name = "ententeAnnouncement")
    @ConditionalOnBean(Entente.class)
    @ConditionalOnProperty("entente.participant.name")
    ParticipantAnnouncement ententeAnnouncement(
            Entente entente,
            EntenteProperties properties,
            OwnAddress own,
            ConfigurableApplicationContext application,
            ObjectProvider<DataSource> database) {
        return new ParticipantAnnouncement(
                entente, String.valueOf(properties.participant().name()), own, application, database);
    }

    /** Checks the signatures of calls; reads the file at the start. */
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("entente.signing-key-file")
    CallSignature ententeCallSignature(EntenteProperties properties) {
        Path file = Objects.requireNonNull(properties.signingKeyFile());
        if (properties.grpc().port() == null) {
            LOG.warn("entente.signing-key-file: only the server of entente.grpc.port checks signatures by itself; other"
                    + " servers accept unsigned calls unless the application checks them by the bean CallSignature");
        }
        return CallSignature.of(lines(file, "entente.signing-key-file")
                .filter(line -> !line.isEmpty())
                .toArray(String[]::new));
    }

    /** The coordinator of the properties. */
    private record ConfiguredConnection(EntenteProperties properties) implements EntenteConnectionDetails {
        @Override
        public String target() {
            String target = String.valueOf(properties.target());
            if (target.isBlank()) {
                throw new WrongSetup(
                        "entente.target is empty",
                        "set the coordinator's host:port, or remove the property to run without a client",
                        null);
            }
            return target;
        }

        @Override
        public @Nullable Supplier<String> bearerToken() {
            Path file = properties.tokenFile();
            String token = properties.token();
            return file != null
                    ? () -> lines(file, "entente.token-file").findFirst().orElse("")
                    : token != null ? () -> token : null;
        }

        @Override
        public boolean tls() {
            return properties.tls();
        }
    }

    private static Stream<String> lines(Path file, String property) {
        try {
            return Files.readAllLines(file).stream()
                    .map(line -> line.replace("\uFEFF", "").strip()); // removes a byte order mark
        } catch (IOException unreadable) {
            throw new UncheckedIOException(property + " cannot be read: " + file, unreadable);
        }
    }
}

package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.client.JsonCodec;
import dev.entente.participant.CallSignature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The client of the coordinator, and the keys that its calls are signed with. */
@AutoConfiguration
@EnableConfigurationProperties(EntenteProperties.class)
public class EntenteAutoConfiguration {
    /** Connects to nobody before the first call. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    @ConditionalOnProperty("entente.target")
    Entente entente(
            EntenteProperties properties,
            ObjectProvider<JsonCodec> json,
            ObjectProvider<EntenteCustomizer> customizers) {
        Entente.Builder builder = Entente.builder(String.valueOf(properties.target())).tls(properties.tls()).stream(
                        properties.stream())
                .roundRobin(properties.roundRobin());
        Path file = properties.tokenFile();
        String token = properties.token();
        if (file != null) {
            builder.bearerToken(() -> firstLine(file, "entente.token-file"));
        } else if (token != null) {
            builder.bearerToken(token);
        }
        if (properties.callTimeout() != null) {
            builder.callTimeout(properties.callTimeout());
        }
        if (properties.retryFor() != null) {
            builder.retryFor(properties.retryFor());
        }
        properties.participants().forEach(builder::participant);
        json.ifAvailable(builder::json);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    /** Checks the signatures of calls; the file is read at the start. */
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("entente.signing-key-file")
    CallSignature ententeCallSignature(EntenteProperties properties) {
        Path file = properties.signingKeyFile();
        return CallSignature.of(keys(file));
    }

    private static String[] keys(@Nullable Path file) {
        try {
            return file == null
                    ? new String[0]
                    : Files.readAllLines(file).stream()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .toArray(String[]::new);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("entente.signing-key-file cannot be read: " + file, unreadable);
        }
    }

    private static String firstLine(Path file, String property) {
        try (var lines = Files.lines(file)) {
            return lines.findFirst().orElse("").strip();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(property + " cannot be read: " + file, unreadable);
        }
    }
}

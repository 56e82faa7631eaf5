package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;

/** Tests applications that accept calls over TLS only. */
final class EncryptedApplicationIT {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Test
    void a_web_server_with_tls_is_refused_with_the_property_to_set(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path keys = folder.resolve("keys.p12");
        String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String command = " -genkeypair -alias web -keyalg EC -dname CN=localhost -storepass changeit -keystore ";
        assertThat(new ProcessBuilder((tool + command + keys).split(" ", -1))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        String url = PostgresServer.start().url("postgres");

        assertThatThrownBy(() -> new SpringApplicationBuilder(Application.class, EntenteTestConfiguration.class)
                        .run(
                                "--server.port=0",
                                "--server.ssl.key-store=" + keys,
                                "--server.ssl.key-store-password=changeit",
                                "--spring.datasource.url=" + url))
                .hasStackTraceContaining("set server.ssl.enabled=false in development and in tests");
    }

    @Test
    void another_participant_with_tls_is_refused() {
        try (TestCoordinator coordinator =
                new TestCoordinator(CoordinatorProgram.start(false), new Faults(Assertions::fail), () -> null)) {
            assertThatThrownBy(() -> coordinator.participant("payment", "https://localhost:8443"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("'payment'", "'https://localhost:8443'", "http://host:port");
        }
    }
}

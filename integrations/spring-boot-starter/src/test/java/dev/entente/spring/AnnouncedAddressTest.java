package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tests the address that an application with Tomcat or with a gRPC server announces. */
@ExtendWith(OutputCaptureExtension.class)
final class AnnouncedAddressTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @RestController
    static class Application {
        @GetMapping("/ping")
        String ping() {
            return "pong";
        }
    }

    /** An application whose gRPC server uses TLS. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Encrypted {
        @Bean
        io.grpc.ServerCredentials credentials() throws Exception {
            Path keys = keyStore(Path.of(System.getProperty("java.io.tmpdir")));
            var store = java.security.KeyStore.getInstance(keys.toFile(), "changeit".toCharArray());
            var factory = javax.net.ssl.KeyManagerFactory.getInstance("PKIX");
            factory.init(store, "changeit".toCharArray());
            return io.grpc.TlsServerCredentials.newBuilder()
                    .keyManager(factory.getKeyManagers())
                    .build();
        }
    }

    private static ConfigurableApplicationContext run(
            Class<?> application, WebApplicationType web, AnnouncementReceiver coordinator, String... properties) {
        return new SpringApplicationBuilder(application)
                .web(web)
                .properties(properties)
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + TestDatabase.url(),
                        "--spring.jpa.hibernate.ddl-auto=none",
                        "--entente.target=" + coordinator.target(),
                        "--entente.participant.name=stock");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "server.servlet.context-path=/shop",
                "spring.mvc.servlet.path=/api",
                "spring.mvc.servlet.path=/api/",
                "spring.mvc.servlet.path=/",
                "server.servlet.context-path=/shop spring.mvc.servlet.path=/api/v1",
                "server.address=0.0.0.0",
                "server.address=127.0.0.1",
                "server.address=127.0.0.2",
                "server.address=localhost",
                "server.ssl.enabled=false server.ssl.key-store=none.p12"
            })
    void the_announced_url_leads_to_the_handlers(String properties) throws IOException, InterruptedException {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(100);
                ConfigurableApplicationContext context =
                        run(Application.class, WebApplicationType.SERVLET, coordinator, properties.split(" ", -1))) {
            assertThat(context.isRunning()).isTrue();
            Awaitility.await().until(() -> !coordinator.reported().isEmpty());
            String url = coordinator.reported().get(0).replace("stock ", "") + "/ping";
            HttpClient client = HttpClient.newHttpClient();
            assertThat(client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                            .body())
                    .as(url)
                    .isEqualTo("pong");
        }
    }

    @Test
    void a_web_server_with_tls_is_not_announced_and_the_log_names_the_property(
            @TempDir Path folder, CapturedOutput output) throws Exception {
        Path keys = keyStore(folder);
        for (String store : new String[] {
            "server.ssl.key-store=" + keys, "server.ssl.bundle=web spring.ssl.bundle.jks.web.keystore.location=" + keys
        }) {
            String properties = store + " server.ssl.key-store-password=changeit"
                    + " spring.ssl.bundle.jks.web.keystore.password=changeit";
            try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(100);
                    ConfigurableApplicationContext context = run(
                            Application.class, WebApplicationType.SERVLET, coordinator, properties.split(" ", -1))) {
                assertNotAnnounced(context, coordinator);
            }
        }
        assertThat(output.getAll().lines().filter(line -> line.contains("set server.ssl.enabled=false")))
                .hasSize(2)
                .allMatch(line -> line.contains("participants.stock.target"));
    }

    @Test
    void a_grpc_server_with_tls_is_not_announced_and_the_log_names_the_bean(CapturedOutput output) throws Exception {
        try (AnnouncementReceiver coordinator = AnnouncementReceiver.start(100);
                ConfigurableApplicationContext context =
                        run(Encrypted.class, WebApplicationType.NONE, coordinator, "entente.grpc.port=0")) {
            assertNotAnnounced(context, coordinator);
        }
        assertThat(output.getAll()).contains("leave out the bean of io.grpc.ServerCredentials");
    }

    private static void assertNotAnnounced(ConfigurableApplicationContext context, AnnouncementReceiver coordinator) {
        Awaitility.await()
                .until(() -> !context.getBean(ParticipantAnnouncement.class).isRunning());
        assertThat(coordinator.reported()).isEmpty();
    }

    private static Path keyStore(Path folder) throws IOException, InterruptedException {
        Path keys = folder.resolve("keys-" + java.util.UUID.randomUUID() + ".p12");
        String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String command = " -genkeypair -alias web -keyalg EC -dname CN=localhost -storepass changeit -keystore ";
        assertThat(new ProcessBuilder((tool + command + keys).split(" ", -1))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        keys.toFile().deleteOnExit();
        return keys;
    }
}

package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.ClosedPort;
import dev.entente.jdbc.Dialect;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Tests the endpoint over real sockets, on both databases, while the coordinator is unavailable. */
final class EntenteEndpointTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static Stream<String> databases() {
        return Stream.of(TestDatabase.url(), TestDatabase.url(Dialect.MARIADB));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void parked_messages_are_listed_retried_and_skipped(String url) throws Exception {
        try (ClosedPort closedPort = new ClosedPort();
                ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                        .properties(
                                "server.port=0",
                                "server.address=127.0.0.1",
                                "spring.datasource.url=" + url,
                                "entente.target=" + closedPort.address(),
                                "entente.retry-for=1h",
                                "entente.outbox.create-tables=true",
                                "management.endpoints.web.exposure.include=entente")
                        .run()) {
            JdbcClient jdbc = application.getBean(JdbcClient.class);
            for (String id : new String[] {"m/1", "m-2"}) {
                jdbc.sql("insert into entente_outbox (id, kind, address, method, headers, payload, enqueued_at,"
                                + " parked_at, last_error, attempts) values ('" + id
                                + "', 'http', 'http://shop', 'POST',"
                                + " '', '', now(), now(), 'HTTP 400', 1)")
                        .update();
            }

            assertThat(get(application).body())
                    .contains("\"parked\":2", "\"id\":\"m/1\"", "http http://shop POST", "HTTP 400")
                    .contains("\"openTransactions\":{\"error\":\"the coordinator did not respond");

            assertThat(post(application, "{\"id\":\"m/1\",\"operation\":\"retry\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(post(application, "{\"id\":\"m-2\",\"operation\":\"skip\",\"reason\":\"sent by hand\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(jdbc.sql("select note from entente_outbox_sent")
                            .query(String.class)
                            .single())
                    .isEqualTo("sent by hand");
            assertThat(get(application).body()).contains("\"pending\":1", "\"parkedMessages\":[]");

            HttpResponse<String> gone = post(application, "{\"id\":\"m-2\",\"operation\":\"retry\"}");
            assertThat(gone.statusCode()).isEqualTo(404);
            assertThat(gone.body()).contains("no message 'm-2' is parked");
            assertThat(post(application, "{\"id\":\"m/1\",\"operation\":\"skip\"}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(post(application, "{\"id\":\"m/1\",\"operation\":\"release\"}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(post(application, "{\"operation\":\"retry\"}").statusCode())
                    .isEqualTo(400);
        }
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext application) {
        return TestRequests.send(application, "GET", "/actuator/entente", "");
    }

    private static HttpResponse<String> post(ConfigurableApplicationContext application, String body) {
        return TestRequests.send(application, "POST", "/actuator/entente", body, "content-type", "application/json");
    }
}

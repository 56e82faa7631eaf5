package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.jdbc.Dialect;
import dev.entente.participant.BranchOp;
import dev.entente.spring.BarrieredAnswersApplication.Application;
import dev.entente.spring.MarkedApplication.Ledger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Compares first and repeated responses of barriered handlers of each kind, with Tomcat and PostgreSQL. */
final class BarrieredAnswersTest {
    private static ConfigurableApplicationContext application;
    private static Ledger ledger;

    private final String gid = "g-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        // open-in-view keeps the request's connection: each response must need only one
        application = MarkedApplication.start(
                Dialect.POSTGRES,
                Application.class,
                "spring.jpa.hibernate.ddl-auto=update",
                "spring.datasource.hikari.maximum-pool-size=1");
        ledger = application.getBean(Ledger.class);
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private HttpResponse<byte[]> called(BranchOp op, String path) throws Exception {
        return sent(path, "entente-gid", gid, "entente-branch", "pay", "entente-op", op.text());
    }

    private HttpResponse<byte[]> sent(String path, String... headers) {
        return TestRequests.send(
                HttpResponse.BodyHandlers.ofByteArray(), application, "POST", "/" + path + "/" + gid, "", headers);
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "read-only, 200, application/json",
        "subclass, 200, application/json",
        "nested, 200, application/json",
        "view, 200, application/json",
        "entity, 200, application/json",
        "entity-inside, 200, application/json",
        "map, 200, application/json",
        "object, 200, application/json",
        "node, 200, application/json",
        "bytes, 200, application/octet-stream",
        "text, 200, text/plain",
        "void, 200, ",
        "number, 200, application/json",
        "created, 201, application/json",
        "nothing-created, 201, ",
        "response-entity, 202, application/json",
        "headers, 200, ",
        "set-status, 202, application/json",
        "native, 202, text/csv",
        "writer, 200, ",
        "refused-status, 409, application/json",
        "refused-entity, 422, application/problem+json",
        "refused-not-found, 404, application/json",
        "refused-error, 409, application/json",
        "refused-exception, 409, application/json"
    })
    void a_repeated_call_gets_the_first_response(String kind, int status, @Nullable String type) throws Exception {
        HttpResponse<byte[]> first = called(BranchOp.ACTION, kind);
        int written = ledger.written();
        HttpResponse<byte[]> again = called(BranchOp.ACTION, kind);

        assertThat(first.statusCode()).as(text(first)).isEqualTo(status);
        assertThat(first.headers().firstValue("content-type").orElse("")).startsWith(type == null ? "" : type);
        assertThat(text(first)).doesNotContain("wrapped");
        assertThat(again.statusCode()).isEqualTo(status);
        assertThat(again.body()).isEqualTo(first.body());
        for (String header : List.of("content-type", "x-receipt", "entente-reason", "entente-settled")) {
            assertThat(again.headers().allValues(header))
                    .as(header)
                    .isEqualTo(first.headers().allValues(header));
        }
        assertThat(ledger.written()).as("runs of handlers").isEqualTo(written);
        assertThat(ledger.kept(gid)).isEqualTo(kind.startsWith("refused") ? 0 : 1);
        assertThat(first.headers().firstValue("entente-settled").isPresent()).isEqualTo(kind.startsWith("refused"));
        switch (kind) {
            case "entity", "entity-inside" ->
                assertThat(text(first))
                        .contains("\"version\":1")
                        .doesNotContain("\"createdAt\":null", "\"changedAt\":null");
            case "map", "object" ->
                assertThat(text(first)).contains("1.10", "12345678901234567.89", "10:00:00+08:00", "\"absent\":null");
            case "subclass" -> assertThat(text(first)).contains("10:00:00.12+08:00", "number");
            case "response-entity", "headers", "set-status" ->
                assertThat(first.headers().firstValue("x-receipt")).hasValue("" + written);
            case "refused-error" -> assertThat(text(first)).contains("no chair " + written);
            default -> {}
        }
    }

    @ParameterizedTest
    @CsvSource({"read-only", "map", "entity", "set-status", "text"})
    void a_compensation_reads_the_bytes_of_the_first_response(String kind) throws Exception {
        HttpResponse<byte[]> first = called(BranchOp.ACTION, kind);
        HttpResponse<byte[]> compensated = called(BranchOp.COMPENSATE, "returned");
        if (!"text".equals(kind)) { // the bytes of the text are not UTF-8
            assertThat(compensated.body()).isEqualTo(first.body());
        }
        assertThat(application
                        .getBean(JdbcClient.class)
                        .sql("select response from entente_barrier where gid = ? and op = 'action'")
                        .param(gid)
                        .query(byte[].class)
                        .single())
                .isEqualTo(first.body());
        assertThat(ledger.kept(gid)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"refused-status", "refused-entity", "refused-not-found", "refused-error", "refused-exception"})
    void a_call_refused_by_a_status_is_not_compensated(String kind) throws Exception {
        assertThat(called(BranchOp.ACTION, kind).statusCode()).isBetween(400, 499);
        assertThat(called(BranchOp.COMPENSATE, "returned").body()).isEmpty();
        assertThat(ledger.kept(gid)).isZero();
    }

    @Test
    void a_503_response_is_not_stored() throws Exception {
        if (ledger.written() % 2 == 0) {
            ledger.write("odd");
        }
        HttpResponse<byte[]> unavailable = called(BranchOp.ACTION, "later");
        assertThat(unavailable.statusCode()).isEqualTo(503);
        assertThat(text(unavailable)).isEqualTo("number " + ledger.written());
        assertThat(ledger.kept(gid)).isZero();
        assertThat(called(BranchOp.ACTION, "later").statusCode()).isEqualTo(200);
        assertThat(ledger.kept(gid)).isEqualTo(1);
    }

    @Test
    void a_stored_response_without_a_status_is_repeated_as_200_with_json() throws Exception {
        HttpResponse<byte[]> first = called(BranchOp.ACTION, "set-status");
        application
                .getBean(JdbcClient.class)
                .sql("update entente_barrier set http_status = null, http_headers = null where gid = ?")
                .param(gid)
                .update();
        HttpResponse<byte[]> again = called(BranchOp.ACTION, "set-status");
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(again.body()).isEqualTo(first.body());
    }

    @Test
    void a_bare_call_gets_the_response_of_spring_mvc() throws Exception {
        assertThat(text(sent("bare"))).startsWith("{\"wrapped\":");
        assertThat(text(called(BranchOp.ACTION, "bare"))).startsWith("{\"number\":");
    }
}

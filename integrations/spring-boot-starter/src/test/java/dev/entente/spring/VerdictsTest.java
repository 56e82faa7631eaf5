package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.spring.VerdictsApplication.Application;
import dev.entente.spring.VerdictsApplication.CatchesAll;
import dev.entente.spring.VerdictsApplication.Envelopes;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Tests verdicts of controllers to coordinators, with real Tomcat, real PostgreSQL and a catch-all advice. */
final class VerdictsTest {
    private static ConfigurableApplicationContext advised;
    private static ConfigurableApplicationContext enveloped;
    private static ConfigurableApplicationContext mapped;
    private static JdbcClient jdbc;

    private boolean isCoordinator = true;

    @BeforeAll
    static void start() {
        advised = started(new Class<?>[] {Application.class, CatchesAll.class}).run();
        jdbc = advised.getBean(JdbcClient.class);
        jdbc.sql("create table taken (how text)").update();
        enveloped = started(Application.class, Envelopes.class).run();
        enveloped.getBean(JdbcClient.class).sql("create table taken (how text)").update();
        mapped = started(Application.class)
                .run(
                        "--entente.web.outcomes.404=NOT_FOUND",
                        "--entente.web.outcomes.409=REJECTED",
                        "--entente.web.outcomes.422=GONE",
                        "--entente.web.outcomes.500=MISCONFIGURED");
        mapped.getBean(JdbcClient.class).sql("create table taken (how text)").update();
    }

    private static SpringApplicationBuilder started(Class<?>... sources) {
        return new SpringApplicationBuilder(sources)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "entente.barrier.create-table=true");
    }

    @AfterAll
    static void stop() {
        advised.close();
        enveloped.close();
        mapped.close();
    }

    private HttpResponse<String> post(ConfigurableApplicationContext application, String path) {
        String[] headers = {
            "content-type",
            "application/json",
            "entente-gid",
            "order-" + path.replace('/', '-'),
            "entente-branch",
            "take",
            "entente-op",
            "action",
            "entente-fence",
            "1"
        };
        return TestRequests.send(
                application, "POST", path, "{\"pieces\": 0}", isCoordinator ? headers : Arrays.copyOf(headers, 2));
    }

    private static int taken(String how) {
        return jdbc.sql("select count(*) from taken where how = ?")
                .param(how)
                .query(Integer.class)
                .single();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/take/marked",
                "/take/wrapped",
                "/take/rejection",
                "/barrier/marked",
                "/barrier/wrapped",
                "/after/marked",
                "/later/callable"
            })
    void a_rejection_is_answered_before_an_advice_handles_the_exception(String path) throws Exception {
        HttpResponse<String> answer = post(advised, path);

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body())
                .isEqualTo("{\"entente\": {\"reason\": \"REJECTED\", \"code\": \"SOLD_OUT\", \"message\": \"two are"
                        + " left\"}}");
        assertThat(answer.headers().firstValue("entente-settled").isPresent())
                .as("stored")
                .isEqualTo(path.startsWith("/barrier"));
        assertThat(taken(path.substring(path.lastIndexOf('/') + 1))).isZero();

        isCoordinator = false;
        assertThat(post(advised, path).statusCode()).as("a browser's").isEqualTo(418);
    }

    @ParameterizedTest
    @CsvSource({
        "/take/other, 500",
        "/take/set, 500",
        "/take/ok, 500",
        "/take/written, 500",
        "/take/200, 500",
        "/later/other, 500",
        "/take/422, 422",
        "/take/marked, 409",
        "/nowhere, 404",
        "/ordered, 400",
    })
    void a_success_response_of_an_advice_to_an_exception_is_not_accepted(String path, int status) throws Exception {
        assertThat(post(enveloped, path).statusCode()).isEqualTo(status);
        isCoordinator = false;
        assertThat(post(enveloped, path).statusCode()).as("a browser's").isEqualTo(200);
    }

    @Test
    void a_message_equal_to_the_code_is_left_empty() throws Exception {
        assertThat(post(advised, "/take/silent").body()).contains("\"code\": \"SOLD_OUT\", \"message\": \"\"");
    }

    /** Spring commits on a checked exception, so the call had an effect. */
    @Test
    void a_checked_rejection_is_ent_089() throws Exception {
        for (String how : List.of("checked", "hidden", "carried")) {
            HttpResponse<String> answer = post(advised, "/take/" + how);
            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.body())
                    .contains(
                            "\"reason\": \"ENT-089\"",
                            how.equals("carried") ? "SoldOut" : "CheckedNo",
                            "RuntimeException");
        }
        assertThat(taken("checked")).isEqualTo(1);
    }

    @Test
    void a_rejection_after_the_barriers_commit_is_ent_089() throws Exception {
        for (int call = 1; call <= 2; call++) {
            HttpResponse<String> answer = post(advised, "/after/commit");
            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.body()).contains("\"reason\": \"ENT-089\"", "SoldOut", "after the barrier's commit");
        }
    }

    @Test
    void a_rejection_with_which_a_transaction_commits_is_ent_089() throws Exception {
        for (String path : List.of("/keeps/read", "/keeps/inner")) {
            assertThat(post(advised, path).statusCode()).as(path).isEqualTo(409);
        }
        assertThat(taken("kept")).isZero();
        HttpResponse<String> answer = post(advised, "/keeps/own");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.body()).contains("\"reason\": \"ENT-089\"", "SoldOut", "noRollbackFor");
        assertThat(taken("kept")).isEqualTo(1);
    }

    @Test
    void any_other_exception_is_left_to_the_advice() throws Exception {
        HttpResponse<String> answer = post(advised, "/take/other");
        assertThat(answer.statusCode()).isEqualTo(418);
        assertThat(answer.body()).isEqualTo("advice: a disk is full");
    }

    private String reason(ConfigurableApplicationContext application, String path) throws Exception {
        return post(application, path).headers().firstValue("entente-reason").orElse("none");
    }

    @Test
    void a_property_sets_the_reason_of_a_status() throws Exception {
        assertThat(reason(mapped, "/nowhere")).isEqualTo("NOT_FOUND");
        assertThat(reason(mapped, "/says/text")).isEqualTo("REJECTED");
        assertThat(reason(mapped, "/says/problem")).isEqualTo("GONE");
        assertThat(reason(mapped, "/take/other")).isEqualTo("MISCONFIGURED");
        assertThat(reason(mapped, "/later/status")).isEqualTo("NOT_FOUND");
        assertThat(post(mapped, "/says/problem").body()).contains("two are left");
    }

    @Test
    void another_status_and_another_caller_get_no_reason() throws Exception {
        assertThat(reason(mapped, "/ordered")).isEqualTo("none");
        assertThat(reason(advised, "/says/text")).isEqualTo("none");
        isCoordinator = false;
        assertThat(reason(mapped, "/says/text")).isEqualTo("none");
        assertThat(reason(mapped, "/nowhere")).isEqualTo("none");
    }

    @Test
    void an_unknown_reason_and_a_success_status_are_refused_at_the_start() {
        assertThatThrownBy(() -> started(Application.class).run("--entente.web.outcomes.404=MAYBE"))
                .hasStackTraceContaining("MAYBE");
        assertThatThrownBy(() -> started(Application.class).run("--entente.web.outcomes.200=REJECTED"))
                .hasStackTraceContaining("entente.web.outcomes.200 is not the status of a failure");
    }
}

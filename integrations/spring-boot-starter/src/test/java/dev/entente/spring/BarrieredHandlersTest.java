package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.entente.jdbc.Dialect;
import dev.entente.participant.BranchServletFilter;
import dev.entente.spring.MarkedApplication.Application;
import dev.entente.spring.MarkedApplication.Ledger;
import java.net.http.HttpResponse;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.WebApplicationContext;

/** Tests controllers that an annotation puts behind the barrier. */
@ParameterizedClass
@EnumSource(Dialect.class)
@SuppressWarnings("NullAway.Init") // JUnit sets the fields before each invocation of the class
final class BarrieredHandlersTest {
    private static ConfigurableApplicationContext application;
    private static Ledger ledger;

    private final String gid = UUID.randomUUID().toString();

    BarrieredHandlersTest(Dialect dialect) {
        assertThat(application.getBeansOfType(TransactionalBarrier.class))
                .as("%s", dialect)
                .hasSize(1);
    }

    @BeforeParameterizedClassInvocation
    static void start(Dialect dialect) {
        application = MarkedApplication.start(dialect, Application.class, "entente.grpc.port=0");
        ledger = application.getBean(Ledger.class);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        application.close();
    }

    private static HttpResponse<String> sent(String path, String body) {
        return TestRequests.send(application, "POST", path, body, "content-type", "application/json");
    }

    private static HttpResponse<String> called(String gid, String op, String path, String body) {
        return TestRequests.send(
                application,
                "POST",
                path,
                body,
                "content-type",
                "application/json",
                "entente-gid",
                gid,
                "entente-branch",
                "debit",
                "entente-op",
                op);
    }

    private HttpResponse<String> called(String op, String path, String body) {
        return called(gid, op, path, body);
    }

    private String debit(int number) {
        return "{\"id\":\"" + gid + "\",\"number\":" + number + "}";
    }

    @Test
    void an_action_and_its_compensation_each_run_once() throws Exception {
        HttpResponse<String> first = called("action", "/debits", debit(1));
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(first.body()).isEqualTo(debit(ledger.written()));
        assertThat(called("action", "/debits", debit(1)).body()).isEqualTo(first.body());
        assertThat(ledger.kept(gid)).isEqualTo(1);
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> compensated = called("compensate", "/debits/undo", debit(1));
            assertThat(compensated.statusCode()).isEqualTo(200);
            assertThat(compensated.body()).isEmpty();
            assertThat(ledger.kept(gid)).isEqualTo(2);
        }
    }

    @Test
    void an_empty_compensation_does_nothing_and_refuses_the_late_action() throws Exception {
        assertThat(called("compensate", "/debits/undo", debit(1)).statusCode()).isEqualTo(200);
        HttpResponse<String> late = called("action", "/debits", debit(1));
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(late.body()).contains("ALREADY_UNDONE");
        assertThat(ledger.kept(gid)).isZero();
    }

    @Test
    void a_rejection_rolls_back_and_is_repeated() throws Exception {
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> refused = called("action", "/debits", debit(i == 0 ? 0 : 1));
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body()).contains("NO_MONEY", "the account is empty");
            assertThat(refused.headers().firstValue("entente-settled")).hasValue("true");
        }
        assertThat(ledger.kept(gid)).isZero();
    }

    @Test
    void a_checked_exception_rolls_back_and_is_not_stored_as_a_verdict() throws Exception {
        String failsNext = debit(-1 - (ledger.written() + 2) % 2);
        assertThat(called("action", "/debits", failsNext).statusCode()).isEqualTo(500);
        assertThat(ledger.kept(gid)).isZero();
        assertThat(called("action", "/debits", failsNext).statusCode()).isEqualTo(200);
        assertThat(ledger.kept(gid)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "number", "nothing", "null", "protobuf", "bare"})
    void responses_of_each_type_and_empty_responses_are_repeated(String type) throws Exception {
        String path = "/" + type + "/" + gid;
        HttpResponse<String> first = called("try", path, "");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(first.body().isEmpty()).isEqualTo(type.startsWith("n") && !"number".equals(type));
        HttpResponse<String> again = called("try", path, "");
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("content-type"))
                .isEqualTo(first.headers().firstValue("content-type"));
        assertThat(ledger.kept(gid)).isEqualTo(1);

        HttpResponse<String> compensated = called(gid + "-2", "cancel", path, "");
        assertThat(compensated.statusCode()).isEqualTo(200);
        assertThat(compensated.body()).isEmpty();
        assertThat(ledger.kept(gid)).isEqualTo(1);
    }

    @Test
    void a_response_of_an_unreadable_type_is_repeated() throws Exception {
        HttpResponse<String> first = called("action", "/unreadable/" + gid, "");
        assertThat(first.body()).isEqualTo("{\"number\":" + ledger.written() + "}");
        assertThat(called("action", "/unreadable/" + gid, "").body()).isEqualTo(first.body());
        assertThat(ledger.kept(gid)).isEqualTo(1);
    }

    @Test
    void a_call_with_another_operation_is_refused_and_does_not_run() throws Exception {
        HttpResponse<String> refused = called("compensate", "/debits", "not even JSON");
        assertThat(refused.statusCode()).isEqualTo(405);
        assertThat(refused.body())
                .isEqualTo("{\"message\": \"ENT-087: entente-op 'compensate' is not served here, only [action]\"}");
        assertThat(called("check", "/bare/" + gid, "").statusCode()).isEqualTo(405);
        assertThat(ledger.kept(gid)).isZero();
    }

    @Test
    void a_call_without_a_coordinator_is_refused_unless_bare_calls_are_allowed() throws Exception {
        HttpResponse<String> refused = sent("/debits", debit(1));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .contains("ENT-095: only coordinators", "entente-gid, entente-branch and entente-op are missing");
        assertThat(ledger.kept(gid)).isZero();

        String first = sent("/bare/" + gid, "").body();
        assertThat(sent("/bare/" + gid, "").body()).startsWith(gid).isNotEqualTo(first);
        assertThat(ledger.kept(gid)).isEqualTo(2);
    }

    @Test
    void mock_mvc_requests_pass_through_the_barrier() throws Exception {
        MockMvc mvc = MockMvcBuilders.webAppContextSetup((WebApplicationContext) application)
                .addFilters(new BranchServletFilter())
                .build();
        for (int i = 0; i < 2; i++) {
            mvc.perform(post("/debits")
                            .contentType(MediaType.APPLICATION_JSON)
                            .content(debit(1))
                            .header("entente-gid", gid)
                            .header("entente-branch", "debit")
                            .header("entente-op", "action"))
                    .andExpect(status().isOk())
                    .andExpect(content().json("{\"id\":\"" + gid + "\"}"));
        }
        mvc.perform(post("/debits").contentType(MediaType.APPLICATION_JSON).content(debit(1)))
                .andExpect(status().isBadRequest());
        assertThat(ledger.kept(gid)).isEqualTo(1);
    }
}

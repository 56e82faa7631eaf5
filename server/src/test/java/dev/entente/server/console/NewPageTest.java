package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.codec.ExamplePlan;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.Transaction;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page for new transactions, of a real coordinator on a real database. */
class NewPageTest {
    private static LoopbackHttp crm;
    private static LocalCoordinator coordinator;
    private static PageForms browser;

    @BeforeAll
    static void start() {
        crm = LoopbackHttp.start(_ -> Answer.of(200, "{\"id\": \"7\"}"));
        coordinator = LocalCoordinator.start(
                "participants.crm.target", crm.url(), "participants.stock.target", "localhost:1");
        browser = new PageForms(coordinator);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
        crm.close();
    }

    private static HttpResponse<String> send(Map<String, String> form, String button) {
        form.put("do", button);
        return browser.post("new", form);
    }

    private static Map<String, String> form(String plan) {
        Map<String, String> form = PageForms.form(browser.page("new"));
        form.put("plan", plan);
        return form;
    }

    private static long transactions() {
        return coordinator.number(
                "select (select count(*) from open_transaction) + (select count(*) from finished_transaction)");
    }

    @ParameterizedTest
    @EnumSource(ExamplePlan.class)
    void the_form_contains_the_cli_example_with_a_new_gid(ExamplePlan kind) {
        Map<String, String> form = PageForms.form(browser.page("new?example=" + kind));

        assertThat(form.get("gid")).hasSize(36);
        assertThat(form.get("plan"))
                .isEqualTo(kind.text().replace("\"example-" + kind + "\"", "\"" + form.get("gid") + "\""));
    }

    @Test
    void another_example_replaces_only_an_example_or_an_empty_text() {
        Map<String, String> form = PageForms.form(browser.page("new"));
        form.put("example", "tcc");
        form.put("plan", Objects.requireNonNull(form.get("plan")).replace("\n", "\r\n"));
        String tcc = browser.post("new", form).body();
        assertThat(PageForms.form(tcc).get("plan")).contains("\"tcc\": {");
        assertThat(tcc).contains("value=\"tcc\" formnovalidate class=\"second\" aria-pressed=\"true\"");

        form.put("plan", "{\"gid\": \"my own\"");
        HttpResponse<String> kept = browser.post("new", form);
        assertThat(kept.statusCode()).isEqualTo(200);
        assertThat(PageForms.form(kept.body())).containsEntry("plan", "{\"gid\": \"my own\"");
        assertThat(kept.body()).contains("Your text was kept.").doesNotContain("aria-pressed=\"true\"");

        form.put("plan", "");
        assertThat(browser.post("new", form).body()).contains("\"tcc\": {");
    }

    @Test
    void an_example_is_checked_then_submitted_and_leads_to_its_transaction() {
        Map<String, String> form = PageForms.form(browser.page("new?example=http"));
        long before = transactions();

        HttpResponse<String> checked = send(form, "check");
        assertThat(checked.statusCode()).isEqualTo(200);
        assertThat(checked.body()).contains("The plan is valid").doesNotContain("role=\"alert\"");
        assertThat(transactions()).isEqualTo(before);

        HttpResponse<String> submitted = send(PageForms.form(checked.body()), "submit");
        assertThat(submitted.statusCode()).isEqualTo(303);
        assertThat(submitted.headers().firstValue("Location")).contains("transaction?gid=" + form.get("gid"));
        String gid = Objects.requireNonNull(form.get("gid"));
        await().until(() -> coordinator.get(gid).getState() == Transaction.State.SUCCEEDED);
        assertThat(browser.page("transaction?gid=" + form.get("gid"))).contains("Succeeded", "signup");
    }

    @Test
    void a_form_that_is_sent_twice_makes_one_transaction() {
        String plan = ExamplePlan.notification.text().replace("\"gid\": \"example-notification\",", "");
        Map<String, String> form = form(plan);
        long before = transactions();

        assertThat(send(form, "submit").headers().firstValue("Location"))
                .contains("transaction?gid=" + form.get("gid"));
        assertThat(send(form, "submit").headers().firstValue("Location"))
                .contains("transaction?gid=" + form.get("gid"));
        assertThat(transactions()).isEqualTo(before + 1);

        form.put("plan", plan.replace("order-paid", "another"));
        HttpResponse<String> other = send(form, "submit");
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body()).contains("ENT-031");
        assertThat(PageForms.form(other.body()).get("gid")).isNotEqualTo(form.get("gid"));
        assertThat(send(PageForms.form(other.body()), "submit").statusCode()).isEqualTo(303);
    }

    @Test
    void findings_are_shown_with_their_fields_and_the_text_is_kept() {
        String plan = """
            {"gid": "no gid", "name": "A", "saga": {"steps": [
              {"id": "a", "action": {"http": {"participant": "none", "path": "/x"}}},
              {"id": "a", "no_undo": true, "action": {"grpc": "stock/shop.v1.StockService/Reserve", "json": {}}}]}}
            """.strip();
        for (String button : new String[] {"check", "submit"}) {
            HttpResponse<String> refused = send(form(plan), button);

            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body())
                    .contains("Not accepted", "aria-invalid=\"true\"", "aria-describedby=\"wrong plan-bound\"")
                    .contains("<bdi>plan.saga.steps[0]", "<bdi>plan.saga.steps[1]", "ENT-010", "ENT-024");
            assertThat(PageForms.form(refused.body()).get("plan")).isEqualTo(plan);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "</textarea><script>alert(1)</script>",
                "{\"gid\": \"</textarea><b>\", \"name\": \"&amp;\"}",
                "{\"saga\": \u202e\ud83d\ude00 \u0000}",
                "{\"unknown\": 1}",
                "[]",
                "name: yaml"
            })
    void text_that_is_not_a_plan_stays_in_the_form_as_text(String text) {
        HttpResponse<String> refused = send(form(text), "submit");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("role=\"alert\"");
        assertThat(PageForms.form(refused.body()).get("plan")).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"name\":\"a\",\"name\":\"b\"', ENT-001: the text is not a valid plan: the key $.name appears twice",
        "'\"deadline\":\"5s\",\"saga\":{\"steps\":[{\"noUndo\":true,\"no_undo\":true}]}', $.saga.steps[0].no_undo"
                + " appears twice",
        "'\"saga\":{\"steps\":[{\"action\":{\"json\":{\"n\":0.12345678901234567890}}}]}',"
                + " <bdi>plan.saga.steps[0].action.json.n</bdi>"
    })
    void a_plan_is_read_as_strictly_as_by_the_api(String members, String said) {
        HttpResponse<String> refused = send(form("{" + members + "}"), "submit");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains(said).contains(members.contains("json") ? "ENT-025" : "ENT-001");
    }

    @Test
    void a_deeply_nested_text_is_refused_without_a_defect() {
        assertThat(send(form("[".repeat(60_000)), "check").statusCode()).isEqualTo(400);
        assertThat(send(form("{\"saga\":".repeat(10_000)), "check").statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_form_beyond_its_limit_is_refused_with_an_explanation() {
        assertThat(send(form(" x".repeat(100_000)), "check").statusCode()).isEqualTo(400);

        HttpResponse<String> refused = send(form("x".repeat(300_000)), "submit");

        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(refused.body())
                .contains("The form is too large", "The form accepts at most 256 KiB.", "entente tx submit -f FILE");
        HttpResponse<String> act = browser.post("transaction/operation", Map.of("reason", "x".repeat(20_000)));
        assertThat(act.statusCode()).isEqualTo(413);
        assertThat(act.body()).contains("The form accepts at most 16 KiB.");
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void a_user_without_submit_permission_sees_the_required_role(Language language) {
        Frame operator = Rendered.frame("new", Query.NONE, Duration.ZERO, language);
        String html = Rendered.html("new.jte", operator, NewPage.of(operator));
        assertThat(html).contains(operator.t("new.role"), "<textarea").doesNotContain("name=\"do\"");
        Frame submitter = Rendered.frame("new", Query.NONE, Duration.ZERO, language, Set.of("submitter"));
        assertThat(Rendered.html("new.jte", submitter, NewPage.of(submitter)))
                .contains("value=\"check\"", "value=\"submit\"");
    }
}

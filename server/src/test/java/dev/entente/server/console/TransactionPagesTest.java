package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.entente.server.app.ExampleParticipant;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of one transaction, with operations and payloads, of a real coordinator on a real database. */
class TransactionPagesTest {
    private static final String BODY = "{\"id\":9007199254740993,\"note\":\"<b>\"}";

    private static ExampleParticipant stock;
    private static LocalCoordinator coordinator;
    private static PageForms console;

    @BeforeAll
    static void start() throws IOException {
        stock = ExampleParticipant.start();
        coordinator = LocalCoordinator.start(
                "participants.stock.target", stock.target(), "participants.web.target", "http://localhost:1");
        console = new PageForms(coordinator);
    }

    @AfterAll
    static void stop() throws Exception {
        coordinator.close();
        stock.close();
    }

    private static HttpResponse<String> post(Map<String, String> form) {
        return console.post("transaction/operation", form);
    }

    /** Runs an operation by the form of its page. */
    private static HttpResponse<String> act(String query, String reason) {
        return post(form(query, reason));
    }

    private static Map<String, String> form(String query, String reason) {
        return console.form("transaction/operation?" + query, "reason", reason);
    }

    @Test
    void an_operation_is_previewed_and_then_redirects_to_its_transaction() {
        coordinator.submit(SamplePlans.scheduled("parks"));

        assertThat(Rendered.lines(console.page("transaction?gid=parks")))
                .contains("operation=park\"", "entente tx park parks --if-revision 1", "the transaction is not parked")
                .contains("There is no unknown outcome")
                .doesNotContain("operation=resume\"", "operation=resolve");
        assertThat(console.page("transaction/operation?gid=parks&operation=park"))
                .contains("changes from Scheduled to Parked before its start", "name=\"fence\"");
        HttpResponse<String> done = act("gid=parks&operation=park", "<i>looks</i> odd");

        assertThat(done.statusCode()).isEqualTo(303);
        String location = done.headers().firstValue("Location").orElseThrow();
        assertThat(location).isEqualTo("../transaction?gid=parks");
        assertThat(console.page(location.substring(3)))
                .contains("&lt;i&gt;looks&lt;/i&gt; odd", "operation=resume\"")
                .doesNotContain("Last operation");
        assertThat(act("gid=parks&operation=resume", "fixed").statusCode()).isEqualTo(303);
        assertThat(console.page("transaction?gid=parks"))
                .containsPattern(
                        "Last operation <time[^>]*>just now</time>\\s*</span>.*Resumed; one more attempt is allowed");
        assertThat(console.get("transaction?gid=parks&did=force-finish").statusCode())
                .isEqualTo(400);
        assertThat(coordinator.audit("parks"))
                .extracting(AuditEntry::getOperation)
                .contains("park");
    }

    @Test
    void an_operation_is_refused_if_the_transaction_has_changed_since() {
        coordinator.submit(SamplePlans.scheduled("moves"));
        Map<String, String> form = form("gid=moves&operation=abort", "too late");
        coordinator.park("moves");
        coordinator.resume("moves");

        HttpResponse<String> refused = post(form);

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("ENT-044", "too late");
        String[] chinese = {"Sec-Fetch-Site", "same-origin", "Accept-Language", "zh-CN"};
        assertThat(console.post("transaction/operation", form, chinese).body())
                .contains("\u8bf7\u91cd\u65b0\u67e5\u770b\u540e\u518d\u64cd\u4f5c", "lang=\"en\">ENT-044: ");
        assertThat(coordinator.get("moves").getTerminal()).isFalse();
        assertThat(act("gid=moves&operation=abort", "now").statusCode()).isEqualTo(303);
        await().until(() -> coordinator.get("moves").getState() == Transaction.State.ABORTED);
        assertThat(console.page("transaction?gid=moves")).doesNotContain("transaction/operation");
    }

    @Test
    void an_operation_without_effect_is_not_reported_as_done() {
        coordinator.submit(SamplePlans.scheduled("twice"));
        assertThat(act("gid=twice&operation=park", "first").statusCode()).isEqualTo(303);

        HttpResponse<String> again = act("gid=twice&operation=park", "second");

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).contains("the transaction is already in this state.");
        assertThat(console.page("transaction?gid=twice"))
                .contains("operation=resume\"", "the transaction is already in this state.")
                .doesNotContain("operation=park\"");
    }

    @Test
    void during_compensation_no_abort_is_offered_and_the_actor_is_shown() {
        Plan.Builder plan = SamplePlans.saga("undoes").toBuilder();
        plan.getSagaBuilder().getStepsBuilder(0).setCompensate(SamplePlans.http("web", "/undo"));
        plan.getSagaBuilder().addSteps(SamplePlans.asking("").getSaga().getSteps(0));
        coordinator.submit(plan.build());
        await().until(() -> console.page("transaction?gid=undoes").contains("operation=approve"));
        assertThat(act("gid=undoes&operation=abort", "too late").statusCode()).isEqualTo(303);
        await().until(() -> coordinator.get("undoes").getState() == Transaction.State.UNDOING);

        assertThat(console.page("transaction?gid=undoes"))
                .doesNotContain("operation=abort\"")
                .containsPattern("Aborted by [a-z ]+: anonymous@");
    }

    @Test
    void an_operation_needs_a_reason_and_its_required_values() {
        coordinator.submit(SamplePlans.scheduled("asks-more"));

        assertThat(console.page("transaction/operation?gid=asks-more&operation=force-finish"))
                .contains("Not done, or undone", "<bdi>reserve</bdi>")
                .doesNotContain("method=\"post\"");
        Map<String, String> form = form("gid=asks-more&operation=force-finish&as=ABORTED", "");
        HttpResponse<String> refused = post(form);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("Give a reason");
        form.put("reason", "by hand");
        form.remove("as");
        assertThat(post(form).body()).contains("Select a value first.");
        form.put("as", "ABORTED");
        assertThat(post(form).statusCode()).isEqualTo(303);
        assertThat(coordinator.get("asks-more").getForced()).isTrue();
        assertThat(console.page("transactions?gid=asks-more")).contains("badge tone-wait\">Aborted, forced<");
    }

    @Test
    void a_resume_needs_no_reason_and_the_audit_shows_none() {
        coordinator.submit(SamplePlans.scheduled("unreasoned"));
        coordinator.park("unreasoned");

        assertThat(console.page("transaction/operation?gid=unreasoned&operation=resume"))
                .doesNotContain(" required");
        assertThat(act("gid=unreasoned&operation=resume", "").statusCode()).isEqualTo(303);
        await().until(() -> coordinator.number("select count(*) from audit_entry"
                        + " where gid = 'unreasoned' and operation = 'resume' and reason = ''")
                == 1);
    }

    @Test
    void a_transaction_is_downloaded_as_json_without_payloads() {
        Operation call = SamplePlans.http("web", "/x").toBuilder()
                .setRaw(ByteString.copyFromUtf8(BODY))
                .build();
        coordinator.submit(SamplePlans.oneStep("saved:1", call));
        HttpResponse<String> file = console.get("transaction?gid=saved:1&format=json");

        assertThat(file.headers().firstValue("Content-Disposition")).contains("attachment; filename=\"saved_1.json\"");
        assertThat(JsonParser.parseString(file.body()).getAsJsonObject().keySet())
                .contains("plan", "history");
        assertThat(file.body()).contains("\"gid\": \"saved:1\"").doesNotContain("\"raw\"");
        assertThat(console.get("transaction?gid=none&format=json").statusCode()).isEqualTo(404);
    }

    @Test
    void a_form_without_a_valid_revision_and_fence_is_refused() {
        coordinator.submit(SamplePlans.scheduled("unbound"));
        Map<String, String> form = form("gid=unbound&operation=park", "x");
        for (Map<String, String> odd :
                List.of(Map.of("revision", "x"), Map.of("revision", ""), Map.of("fence", ""), Map.of("fence", "-1"))) {
            Map<String, String> loose = new HashMap<>(form);
            loose.putAll(odd);
            assertThat(post(loose).statusCode()).isEqualTo(400);
        }
        assertThat(coordinator.get("unbound").hasParked()).isFalse();
    }

    @Test
    void a_payload_is_shown_on_demand_with_all_digits_and_audited() {
        Operation call = SamplePlans.http("web", "/x").toBuilder()
                .setRaw(ByteString.copyFromUtf8(BODY))
                .build();
        coordinator.submit(SamplePlans.oneStep("pays", call));
        await().until(() -> console.get("transaction?gid=pays").body().contains("transaction/payload?gid=pays"));
        assertThat(console.page("transaction?gid=pays")).doesNotContain("9007199254740993");
        assertThat(coordinator.audit("pays"))
                .extracting(AuditEntry::getOperation)
                .doesNotContain("read");

        assertThat(console.page("transaction/payload?gid=pays&branch=only&op=action"))
                .contains("\"id\": 9007199254740993", "&lt;b&gt;");

        HttpResponse<String> file = console.get("transaction/payload?gid=pays&branch=only&op=action&whole=1");
        assertThat(file.body()).contains("\"id\": 9007199254740993");
        assertThat(file.headers().firstValue("Content-Disposition").orElseThrow())
                .startsWith("attachment");
        await().untilAsserted(() -> assertThat(coordinator.audit("pays"))
                .filteredOn(entry -> entry.getOperation().equals("read"))
                .hasSize(2)
                .allMatch(entry -> entry.getReason().equals("request of action of branch only")));
        HttpResponse<String> none = console.get("transaction/payload?gid=pays&branch=none&op=action");
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(none.body()).contains("ENT-001");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site"})
    void a_link_on_another_site_reads_no_payload(String site) {
        String gid = "led-" + site;
        Operation call = SamplePlans.http("web", "/x").toBuilder()
                .setRaw(ByteString.copyFromUtf8(BODY))
                .build();
        coordinator.submit(SamplePlans.oneStep(gid, call));
        String link = "transaction/payload?gid=" + gid + "&branch=only&op=action";

        for (String path : List.of(link, link + "&whole=1")) {
            assertThat(console.page(path, "Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate"))
                    .contains("The payload has not been read yet.", "href=\"../" + path.replace("&", "&amp;") + "\"")
                    .doesNotContain("9007199254740993");
        }
        assertThat(console.page(link)).contains("9007199254740993");
        await().untilAsserted(() -> assertThat(coordinator.audit(gid))
                .extracting(AuditEntry::getOperation)
                .containsOnlyOnce("read"));
    }

    @Test
    void a_payload_of_a_finished_transaction_is_offered_if_kept() {
        var plan = SamplePlans.saga("ended").toBuilder();
        plan.getSagaBuilder().getStepsBuilder(0).getActionBuilder().setRaw(ByteString.copyFromUtf8(BODY));
        try (LocalCoordinator keeping =
                LocalCoordinator.start("retention.keepPayloads", "true", "participants.stock.target", stock.target())) {
            for (LocalCoordinator one : List.of(coordinator, keeping)) {
                one.submit(plan.build());
                await().until(() -> one.get("ended").getState() == Transaction.State.SUCCEEDED);
            }
            assertThat(console.page("transaction?gid=ended"))
                    .contains("requests and responses are not kept.", "Submit again with a new gid")
                    .doesNotContain("transaction/payload");
            PageForms pages = new PageForms(keeping);
            String link = "transaction/payload?gid=ended&branch=reserve&op=action";
            assertThat(pages.page("transaction?gid=ended")).contains(link.replace("&", "&amp;"));
            assertThat(pages.page(link)).contains("9007199254740993");

            Map<String, String> button = Map.of("gid", "ended", "again", "1");
            assertThat(console.post("new", button).body()).contains("The plan has no payloads");
            Map<String, String> form = PageForms.form(pages.post("new", button).body());
            form.put("do", "submit");
            assertThat(pages.post("new", form).statusCode()).isEqualTo(303);
            Plan again = keeping.described(form.getOrDefault("gid", "")).getPlan();
            assertThat(again.toBuilder().setGid("ended").build())
                    .isEqualTo(keeping.described("ended").getPlan());
            assertThat(again.getSaga().getSteps(0).getAction().getRaw().toStringUtf8())
                    .isEqualTo(BODY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", ".", "a.b:c-d_e", "%2e%2e", "a/../b", "\u4e2d\u6587 & ?#;", "<script>"})
    void any_gid_is_accepted_in_the_address_of_a_page(String gid) {
        String encoded = URLEncoder.encode(gid, StandardCharsets.UTF_8);
        boolean isLegal = gid.matches("[A-Za-z0-9._:-]{1,128}");
        if (isLegal) {
            coordinator.submit(SamplePlans.scheduled(gid));
        }

        HttpResponse<String> page = console.get("transaction?gid=" + encoded);

        assertThat(page.statusCode()).isEqualTo(isLegal ? 200 : 404);
        MarkupRules.verify(page.body());
        assertThat(page.body())
                .contains(isLegal ? "transaction/operation?gid=" + encoded + "&amp;operation=park\"" : "ENT-030");
    }

    @Test
    void a_damaged_row_is_reported_on_its_page() throws Exception {
        coordinator.submit(SamplePlans.scheduled("p-damaged"));
        coordinator.execute("update open_transaction set plan = '\\x0f', due_at = now() where gid = 'p-damaged'");
        await().until(() ->
                coordinator.get("p-damaged").getWaiting().getSentence().contains("parked as UNREADABLE_ROW"));
        assertThat(console.page("transaction?gid=p-damaged")).contains("The stored row is damaged");
    }

    @Test
    void a_force_finish_during_a_call_reports_ent_055() {
        coordinator.submit(SamplePlans.oneStep("called", SamplePlans.call("stock/shop.v1.StockService/Hang")));
        await().until(() -> coordinator.get("called").getBranches(0).getState() == BranchStatus.State.CALLED);
        assertThat(act("gid=called&operation=force-finish&as=ABORTED", "looked there")
                        .body())
                .contains("ENT-055");
    }

    /** Submits a saga that parks: the participant implements neither the second step nor the undo of the first. */
    private static void parked(String gid) {
        var plan = SamplePlans.saga(gid).toBuilder();
        plan.getSagaBuilder().getStepsBuilder(0).setCompensate(SamplePlans.call("stock/shop.v1.StockService/Nothing"));
        plan.getSagaBuilder()
                .addSteps(SagaStep.newBuilder()
                        .setId("pay")
                        .setNoUndo(true)
                        .setAction(SamplePlans.call("stock/shop.v1.StockService/Nothing")));
        coordinator.submit(plan.build());
        await().until(() -> coordinator.get(gid).hasParked());
    }

    @Test
    void the_participant_of_a_parked_transaction_is_probed_on_its_page() {
        parked("waits");
        assertThat(console.page("transaction?gid=waits")).contains("<bdi>stock</bdi>", "Circuit: Closed");

        HttpResponse<String> probed = console.post("transaction?gid=waits", Map.of("gid", "waits", "probe", "1"));

        assertThat(probed.statusCode()).isEqualTo(200);
        assertThat(probed.body()).contains("badge tone-good\">Reachable</span>").doesNotContain("Circuit: Closed");
        await().until(() -> coordinator.number("select count(*) from audit_entry where operation = 'probe'") == 1);
    }

    @Test
    void a_stuck_transaction_is_resolved_by_its_forms_alone() {
        parked("stuck");
        String path = "transaction/operation?gid=stuck&operation=resolve";
        assertThat(console.page(path))
                .contains("<option value=\"pay\" selected>pay: action", "<option value=\"never-happened\">")
                .doesNotContain("<option value=\"reserve\"", "method=\"post\"");
        String previewed = console.page(path + "&as=never-happened");
        assertThat(previewed)
                .containsPattern("<bdi>pay</bdi> <span data-sign=\".\" class=\"badge"
                        + " tone-\\w+\">[^<]*</span>(?s:.{1,160}?)>Failed<")
                .contains(
                        "changes from Parked while going forward to Undoing; one call is sent at once",
                        "Change the selection");
        Map<String, String> form = PageForms.form(previewed);
        form.put("reason", "looked there");
        assertThat(post(form).statusCode()).isEqualTo(303);

        await().until(() -> coordinator.get("stuck").hasParked());
        String undo = console.page(path);
        assertThat(undo)
                .contains(
                        "<h1>Resolve reserve</h1>",
                        "The undo was done by hand",
                        ">Resolved<",
                        "changes from Parked while undoing to Aborted");
        form = PageForms.form(undo);
        form.put("reason", "undone by hand");
        assertThat(post(form).statusCode()).isEqualTo(303);
        await().until(() -> coordinator.get("stuck").getState() == Transaction.State.ABORTED);
    }
}

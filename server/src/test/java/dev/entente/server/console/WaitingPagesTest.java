package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.Plan;
import dev.entente.v1.Subscription;
import dev.entente.v1.Transaction;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pages of approvals and of blocked queues, of a real coordinator on a real database. */
class WaitingPagesTest {
    private static final Map<String, Answer> ANSWERS = new ConcurrentHashMap<>();

    private static LoopbackHttp shop;
    private static LocalCoordinator coordinator;
    private static PageForms browser;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(call -> ANSWERS.getOrDefault(call.path(), Answer.of(200, "{}")));
        coordinator = LocalCoordinator.start("participants.shop.target", shop.url());
        browser = new PageForms(coordinator);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
        shop.close();
    }

    /** Runs the operation that a link on a page leads to. */
    private static HttpResponse<String> act(String html, String link) {
        String href = Pattern.compile("href=\"([^\"]*" + Pattern.quote(link) + "[^\"]*)\"")
                .matcher(html)
                .results()
                .map(one -> one.group(1).replace("&amp;", "&"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no link " + link));
        return browser.post("transaction/operation", browser.form(href, "reason", "looked at it"));
    }

    // ---- approvals

    private static Plan asking(String gid, String approval, String more) {
        return SamplePlans.json("""
            {"gid": "%s", "name": "big-order", "labels": {"customer": "alice & bob"}, %s "saga": {"steps": [
              {"id": "reserve", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/stock"}}},
              {"id": "manager", "approval": {%s}},
              {"id": "pay", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/pay"}}}]}}
            """.formatted(gid, more, approval));
    }

    private static String asked(String gid, String approval, String more) {
        coordinator.submit(asking(gid, approval, more));
        await().until(() ->
                coordinator.get(gid).getBranches(1).getState() == dev.entente.v1.BranchStatus.State.AWAITING_APPROVAL);
        // The list reads the mark in the table.
        await().until(() -> browser.page("transactions?only=approval").contains("gid=" + gid + "\""));
        return question(browser.page("approvals"), gid);
    }

    /** Returns the part of the page about one transaction. */
    private static String question(String html, String gid) {
        for (String card : html.split("<section class=\"card\">", -1)) {
            if (card.contains("gid=" + gid + "\"")) {
                return card.split("</section>", -1)[0];
            }
        }
        throw new AssertionError("nothing about " + gid);
    }

    @Test
    void an_approval_is_listed_and_approved_on_its_page() {
        String question = asked("buys", "\"prompt\": \"499.00: <check>\", \"within\": \"86400s\"", "");

        assertThat(question)
                .contains("<h2><bdi>499.00: &lt;check&gt;</bdi></h2>", "big-order", "customer=alice &amp; bob")
                .contains(
                        "without a decision the step is rejected, and the transaction is undone",
                        "UTC (in ",
                        "<dt>Requested</dt>")
                .contains("<bdi>reserve</bdi> <span class=\"hidden\">Done</span>")
                .contains("tone-wait here\"", "<bdi>pay</bdi> <span class=\"hidden\">Pending</span>");
        assertThat(browser.page("")).containsPattern("<a href=\"approvals\"><span data-sign=\".\" class=\"badge");

        assertThat(browser.page("transaction?gid=buys")).contains("operation=approve&amp;branch=manager\"");
        HttpResponse<String> done = act(question, "operation=approve&amp;branch=manager");
        assertThat(done.statusCode()).isEqualTo(303);
        await().until(() -> coordinator.get("buys").getState() == Transaction.State.SUCCEEDED);
        assertThat(browser.page("transaction?gid=buys")).contains("manager: approved", "by anonymous@", "looked at it");
        assertThat(browser.page("approvals")).doesNotContain("gid=buys\"");
    }

    @Test
    void a_rejection_on_the_page_aborts_the_transaction() {
        String question = asked("refused", "\"within\": \"86400s\", \"on_expiry\": \"PARK\"", "");

        assertThat(question).contains("<h2><bdi>manager</bdi></h2>", "without a decision the transaction is parked");
        assertThat(act(question, "operation=reject&amp;branch=manager").statusCode())
                .isEqualTo(303);
        await().until(() -> coordinator.get("refused").getState() == Transaction.State.ABORTED);
    }

    @Test
    void the_earliest_time_limit_is_shown() {
        assertThat(asked("hurries", "\"within\": \"86400s\"", "\"deadline\": \"7200s\","))
                .contains("this is the deadline of the transaction, which is undone then")
                .doesNotContain("the step is rejected");
        coordinator.park("hurries");
        await().until(() -> question(browser.page("approvals"), "hurries").contains("no time limit"));
    }

    @Test
    void pages_of_approvals_list_every_approval_in_order() {
        List<String> asking = new ArrayList<>();
        for (int i = 0; i < ApprovalsPage.SIZE + 3; i++) {
            asking.add("many-%02d".formatted(i));
            coordinator.submit(SamplePlans.asking(asking.getLast()));
        }
        await().until(() -> coordinator.number("select count(*) from open_transaction where gid like 'many-%'"
                        + " and starts_with(waiting_on, '(approval)')")
                == asking.size());
        Stream<String> seen = browser.pages("approvals").stream()
                .flatMap(html -> Pattern.compile("transaction\\?gid=(many-\\d+)\"")
                        .matcher(html)
                        .results())
                .map(one -> one.group(1));
        assertThat(seen).containsExactlyElementsOf(asking);
        asking.forEach(coordinator::abort);
    }

    @Test
    void a_user_who_may_not_decide_sees_the_reason() {
        Transaction.Builder shown = ShownTransactions.example("approval");
        shown.getBranchesBuilder(1).setState(dev.entente.v1.BranchStatus.State.AWAITING_APPROVAL);
        assertThat(refusal(shown, "operator")).isEmpty();
        assertThat(refusal(shown, "viewer")).contains("role operator");
        shown.getPlanBuilder()
                .getSagaBuilder()
                .getStepsBuilder(1)
                .getApprovalBuilder()
                .addApprovers("bob");
        assertThat(refusal(shown, "operator")).contains("Only the approvers that the plan names can decide.");
        shown.getPlanBuilder()
                .getSagaBuilder()
                .getStepsBuilder(1)
                .getApprovalBuilder()
                .addApprovers("alice");
        assertThat(refusal(shown, "admin")).isEmpty();
        shown.getHistoryBuilder(0).setActor("alice");
        assertThat(refusal(shown, "operator")).contains("another person must decide");
    }

    private static String refusal(Transaction.Builder shown, String role) {
        Frame frame = Rendered.frame("approvals", Query.NONE, Duration.ZERO, Language.ENGLISH, Set.of(role));
        List<ApprovalsPage.Question> found = ApprovalsPage.questions(shown.build(), ApiResult.of(shown.build()), frame)
                .toList();
        String html = Rendered.html("approvals.jte", frame, new ApprovalsPage(ApiResult.of(found), ""));
        assertThat(found).hasSize(1);
        assertThat(html.contains("operation=approve"))
                .isEqualTo(found.getFirst().refusal().isEmpty());
        return found.getFirst().refusal();
    }

    // ---- queues

    private static void subscribe(String subscriber, String path) {
        var _ = coordinator
                .topics()
                .subscribe(Subscription.newBuilder()
                        .setTopic("orders")
                        .setSubscriber(subscriber)
                        .setDeliver(SamplePlans.http("shop", path))
                        .build());
    }

    private static void publish(String gid) {
        coordinator.submit(SamplePlans.json("""
            {"gid": "%s", "name": "event", "message": {"ordering_key": "4711", "deliveries": [{"topic": "orders"}]}}
            """.formatted(gid)));
    }

    @Test
    void a_blocked_queue_shows_its_head_and_continues_after_a_skip_on_the_page() {
        ANSWERS.put("/blocked", Answer.of(409, ""));
        subscribe("one", "/blocked");
        subscribe("two", "/free");
        publish("head");
        await().until(() -> coordinator.get("head").hasParked());
        publish("next");
        publish("last");
        await().until(() ->
                coordinator.get("last").getBranches(0).getBlockedBy().equals("head")
                        && coordinator.get("next").getBranches(0).getBlockedBy().equals("head"));
        await().until(() -> browser.page("topics").contains("gid=last\""));

        String html = browser.page("topics");
        String queue = question(html, "head");
        assertThat(queue)
                .contains(
                        "<h3><bdi>POST shop/blocked</bdi></h3>", "transaction?gid=head#branches\"><bdi>delivery-1.one")
                .contains(
                        ">Parked while going forward<",
                        "DELIVERY_REFUSED",
                        "<time ",
                        "operation=retry\"",
                        "operation=skip\"")
                .contains("gid=next\"", "gid=last\"");
        assertThat(html.split("<section class=\"card\">", -1)).hasSize(2);
        assertThat(html).contains("<bdi>orders</bdi>", "<bdi>two</bdi>");
        assertThat(browser.page("topics", "Accept-Language", "zh-CN")).doesNotContain("class=\"failed\"");

        assertThat(browser.page(""))
                .contains("only=parked&amp;reason=DELIVERY_REFUSED&amp;error=", "&amp;participant=shop#rows\"")
                .contains(" \u00b7 shop \u00b7 ");
        assertThat(browser.page("transactions?only=parked&participant=shop")).contains("gid=head\"");

        ANSWERS.put("/blocked", Answer.of(200, "{}"));
        assertThat(act(queue, "operation=skip").statusCode()).isEqualTo(303);
        await().until(() -> coordinator.get("last").getState() == Transaction.State.SUCCEEDED);
        assertThat(browser.page("topics")).contains("No message waits for an earlier message");
        await().until(() -> coordinator.get("head").getTerminal());
        for (String path : List.of("transaction?gid=head", "transactions?gid=head")) {
            assertThat(browser.page(path)).contains("badge tone-wait\">Succeeded, 1 delivery skipped<");
        }
    }
}

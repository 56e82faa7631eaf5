package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import dev.entente.server.app.ExampleParticipant;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bulk operations and probes from the pages of a real coordinator on a real database. */
class BulkPagesTest {
    private static final int MORE_THAN_A_PAGE = 60;

    private static ExampleParticipant stock;
    private static LocalCoordinator coordinator;
    private static PageForms console;

    @BeforeAll
    static void start() throws IOException {
        stock = ExampleParticipant.start();
        coordinator = LocalCoordinator.start(
                "participants.stock.target", stock.target(), "participants.gone.target", "localhost:1");
        console = new PageForms(coordinator);
    }

    @AfterAll
    static void stop() throws Exception {
        coordinator.close();
        stock.close();
    }

    /** Posts the form of a page with these values. */
    private static HttpResponse<String> post(String path, String why, String number) {
        Map<String, String> form = console.form(path, "why", why);
        form.put("number", number);
        return console.post("transactions/operation", form);
    }

    /** Returns the page of a run after its end. */
    private static String ended(HttpResponse<String> begun) {
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(303);
        String path = begun.headers().firstValue("Location").orElseThrow().substring(3);
        await().until(() -> !console.page(path).contains("name=\"stop\""));
        return console.page(path);
    }

    private static void parked(String prefix, int count) {
        for (int i = 0; i < count; i++) {
            coordinator.submit(SamplePlans.scheduled("%s%03d".formatted(prefix, i)));
        }
        List<OperateMatchingResponse> reported = ImmutableList.copyOf(coordinator
                .operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder().setGidPrefix(prefix))
                        .setOperation("park")
                        .build()));
        assertThat(reported).hasSize(count).allMatch(OperateMatchingResponse::getApplied);
    }

    private static long parkedNow(String prefix) {
        return coordinator.number(
                "select count(*) from open_transaction where parked_at is not null and gid like '" + prefix + "%'");
    }

    @Test
    void a_bulk_operation_covers_all_matches_and_not_only_the_page() {
        parked("all-", MORE_THAN_A_PAGE);
        String filter = "only=parked&gid=all-";
        assertThat(console.page("transactions?" + filter))
                .contains("transactions/operation?only=parked&amp;gid=all-&amp;operation=resume\" aria-label=\"Resume:"
                        + " all matches\"");

        assertThat(Rendered.lines(console.page("transactions/operation?" + filter + "&operation=resume")))
                .contains(
                        "Show: parked",
                        "Gid prefix: all-",
                        "class=\"number\">60<",
                        "Scheduled: 60",
                        "Parked \u00b7 Parked by an operator: 60",
                        "transaction?gid=all-059\"",
                        "entente tx bulk resume --parked --gid-prefix all- --limit 60");
        String done = ended(post("transactions/operation?" + filter + "&operation=resume", "<b>fixed</b>", "60"));

        assertThat(done).contains("Resume: 60 of 60 done, 0 refused", "No transaction matches.", "class=\"done\"");
        await().until(() -> parkedNow("all-") == 0);
        await().until(() ->
                coordinator.number("select count(*) from audit_entry where operation = 'resume' and gid like"
                                + " 'all-%' and reason = '<b>fixed</b>'")
                        == MORE_THAN_A_PAGE);
        assertThat(console.page("transactions/operation?gid=other-&operation=park"))
                .contains("Resume: 60 of 60 done");
    }

    @Test
    void checked_transactions_have_one_result_and_one_audit_entry() {
        parked("check-", 4);
        assertThat(console.page("transactions?gid=check-"))
                .contains("form=\"checked\" name=\"tx-check-002\" value=\"1\"", "aria-label=\"Resume: checked");
        String path = "transactions/operation?tx-check-001=1&tx-check-002=1&operation=resume";
        assertThat(Rendered.lines(console.page(path)))
                .contains("class=\"number\">2<", "entente tx bulk resume --gid check-001 --gid check-002 --limit 2");
        assertThat(console.get("transactions/operation?operation=resume").body())
                .contains("or checked transactions");

        HttpResponse<String> begun = post(path, "fixed", "2");
        String done = ended(begun);

        await().until(() -> parkedNow("check-") == 2);
        String run = begun.headers().firstValue("Location").orElseThrow().split("run=", 2)[1];
        String entries = "audit?request=bulk-" + run;
        assertThat(done).contains("<td data-label=\"Resume\">Done</td>", "href=\"../" + entries);
        assertThat(console.page(path + "&run=" + run + "&row=1"))
                .contains("<li>Scheduled: 2</li>", "<td data-label=\"Resume\">Done</td>");
        String ofRun = "from audit_entry where request_id = 'bulk-" + run + "'";
        await().until(() -> coordinator.number("select count(*) " + ofRun) == 3);
        assertThat(console.page("audit"))
                .contains("Resume: all matches", "Matched: 2 \u00b7 Done: 2", "href=\"" + entries)
                .doesNotContain("transaction?gid=check-001\"");
        assertThat(console.page(entries)).contains("transaction?gid=check-001\"", "transaction?gid=check-002\"");
        assertThat(console.page("audit?gid=check-001")).contains("transaction?gid=check-001\"");

        coordinator.execute("delete " + ofRun + " and gid = ''"); // as if the coordinator had been killed
        assertThat(console.page("audit")).contains("transaction?gid=check-001\"");
    }

    @Test
    void an_outdated_number_of_matches_is_refused_and_the_number_is_the_limit() {
        parked("moves-", 20);
        String path = "transactions/operation?gid=moves-&operation=resume";
        for (String number : List.of("17", "23", "200", "0", "")) {
            HttpResponse<String> refused = post(path, "fixed", number);
            assertThat(refused.statusCode()).as(number).isEqualTo(number.isEmpty() ? 400 : 409);
            assertThat(refused.body()).contains("and 20 match now", "value=\"fixed\"");
        }
        assertThat(post(path.replace("resume", "abort"), "", "20").body()).contains("Give a reason");
        assertThat(post(path, "fixed", "foo").body()).contains("<bdi>number=foo (0, 1, 2, \u2026)</bdi>");
        assertThat(parkedNow("moves-")).isEqualTo(20);

        assertThat(ended(post(path, "fixed", "19"))).contains("19 of 19 done");
        await().until(() -> parkedNow("moves-") == 1);
    }

    @Test
    void refused_operations_are_grouped_by_reason_and_named() {
        parked("some-", 3);
        coordinator.submit(SamplePlans.scheduled("some-free"));

        String done = ended(post("transactions/operation?gid=some-&operation=resume", "fixed", "4"));

        assertThat(done)
                .contains("Resume: 3 of 4 done, 1 refused", "1 refused:", "ENT-045", "transaction?gid=some-free\"")
                .contains("class=\"some\"", "some were refused", "name=\"number\"");
        String none = ended(post("transactions/operation?gid=some-&operation=resume", "fixed", "4"));
        assertThat(none)
                .contains("0 of 4 done, 4 refused", "class=\"failed\" role=\"status\">Finished: nothing was done.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "operation=abort",
                "order=slowest&operation=abort",
                "state=NONE&operation=abort",
                "gid=x&only=bogus&operation=abort",
                "gid=x&age=%2B9d&operation=abort",
                "gid=x&label=tenant&operation=abort",
                "only=open&only=parked&operation=abort",
                "gid=x&operation=skip",
                "gid=x"
            })
    void an_incomplete_or_invalid_bulk_filter_is_refused(String query) {
        parked("safe-" + query.hashCode() + "-", 1);
        assertThat(console.get("transactions/operation?" + query).statusCode()).isEqualTo(400);
        assertThat(console.post("transactions/operation", query + "&why=x&number=1")
                        .statusCode())
                .isEqualTo(400);
        assertThat(parkedNow("safe-" + query.hashCode())).isOne();
    }

    @Test
    void a_viewer_sees_no_bulk_operations() {
        Frame operator = Rendered.frame("transactions", Query.of("gid=a"), Duration.ZERO, Language.ENGLISH);
        Frame viewer =
                Rendered.frame("transactions", operator.query(), Duration.ZERO, Language.ENGLISH, Set.of("viewer"));
        Transaction listed = Transaction.newBuilder().setGid("a").build();

        assertThat(Rendered.list(operator, listed)).contains("transactions/operation?gid=a&amp;operation=abort");
        assertThat(Rendered.list(viewer, listed)).doesNotContain("transactions/operation");
    }

    @Test
    void the_cli_command_selects_the_same_transactions() {
        TransactionQuery asked = new TransactionQuery(Query.of("only=parked&state=RUNNING&waits=PARKED"
            + "&reason=UNDO_EXHAUSTED&pattern=SAGA&participant=stock&name=it's&label=a%3Db,%20c%3Dd&gid=g&age=%2B15m"
            + "&error=HTTP%20%23&gids=g1%20g2"));

        assertThat(asked.isExact()).isTrue();
        assertThat(asked.options())
                .isEqualTo(" --parked --state RUNNING --waiting PARKED --park-reason UNDO_EXHAUSTED"
                        + " --park-error 'HTTP #' --pattern SAGA --participant stock --name 'it'\\''s' --label a=b"
                        + " --label c=d --gid-prefix g --gid g1 --gid g2 --older-than 15m");
    }

    @Test
    void a_run_is_shown_and_stopped_at_every_coordinator() throws Exception {
        parked("shared-", 2);
        String choice = "gid=shared-&operation=resume";
        String id = "00000000-0000-4000-8000-00000000abcd";
        coordinator.execute("insert into bulk_run (id, query, progress) values ('%s', '%s&run=%s', 'matched=9&done=7')"
                .formatted(id, choice, id));
        try (LocalCoordinator second = LocalCoordinator.start(coordinator.database, "node-b")) {
            PageForms other = new PageForms(second);
            String path = "transactions/operation?" + choice + "&run=" + id;
            assertThat(other.page(path))
                    .contains("Resume: 7 of 9 done", "In progress.", "name=\"stop\"")
                    .doesNotContain("name=\"number\"");
            assertThat(other.post("transactions/operation", other.form(path, "stop", id))
                            .statusCode())
                    .isEqualTo(303);
            assertThat(coordinator.number("select count(*) from bulk_run where is_stopped"))
                    .isOne();

            coordinator.execute("update bulk_run set seen_at = now() - interval '1 minute' where id = '" + id + "'");
            assertThat(other.page(path))
                    .contains("Resume: 7 of 9 done", "because its coordinator stopped", "name=\"number\"")
                    .doesNotContain("name=\"stop\"");

            HttpResponse<String> begun = post("transactions/operation?" + choice, "fixed", "2");
            assertThat(ended(begun)).contains("2 of 2 done");
            assertThat(other.page(
                            begun.headers().firstValue("Location").orElseThrow().substring(3)))
                    .contains("2 of 2 done");
        }
    }

    @Test
    void an_unknown_run_is_reported() {
        parked("lost-", 1);
        assertThat(console.page("transactions/operation?gid=lost-&operation=resume&run=none"))
                .contains("No such run is stored", "href=\"../audit\"", "name=\"number\"");
    }

    private static HttpResponse<String> probe(String name) {
        return console.post("participants", Map.of("name", name));
    }

    @Test
    void a_participant_is_probed_from_its_row() {
        assertThat(console.page("participants")).contains("name=\"name\" value=\"gone\"", "Probe now");

        assertThat(probe("stock").body()).contains("Reachable", stock.target(), "Probe now");
        assertThat(probe("gone").body()).contains("Unreachable", "localhost:1");
        assertThat(probe("unknown").body()).contains("ENT-", "unknown");
        await().until(() -> coordinator.number("select count(*) from audit_entry where operation = 'probe'") >= 2);
    }
}

package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unknown, repeated and invalid fields of pages and forms, which are refused. */
class PageFieldsTest {
    private static LocalCoordinator coordinator;
    private static PageForms pages;

    @BeforeAll
    static void start() {
        coordinator = LocalCoordinator.start("participants.stock.target", "localhost:1");
        coordinator.submit(SamplePlans.scheduled("order-007"));
        pages = new PageForms(coordinator);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void an_unknown_or_repeated_field_is_named_on_every_page() {
        for (String path : List.of(
                "?",
                "transactions?state=SCHEDULED&state=RUNNING&",
                "transactions?state=&state=&",
                "transactions/operation?operation=park&only=open&",
                "transaction?gid=order-007&",
                "transaction/operation?gid=order-007&operation=park&",
                "participants?",
                "approvals?page=&",
                "new?example=tcc&",
                "topics?topic=x&",
                "coordinators?",
                "audit?gid=order-007&",
                "sign-in?")) {
            boolean isTwice = path.contains("state=");
            HttpResponse<String> page =
                    pages.get(path + (isTwice ? "" : "odd=%3Cb%3E&odd=2&of=x&t%6Fken=ent_x&gid=%25"));
            assertThat(page.statusCode()).as(path).isEqualTo(400);
            assertThat(page.body())
                    .contains("<h1>Invalid request</h1>", isTwice ? "state" : "odd, of, token")
                    .doesNotContain("ent_x", "tx-order-007", "<b>");
            MarkupRules.verify(page.body());
        }
        for (String path :
                List.of("live?of=audit", "live?of=transaction&gid=a&gid=b", "live?of=&gid=x", "live?gid=x")) {
            assertThat(pages.get(path, "Accept", "text/event-stream").statusCode())
                    .as(path)
                    .isEqualTo(400);
        }
        assertThat(pages.get("audit?gid").statusCode()).as("empty").isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "transactions?page=none",
                "transactions?page=none&gid=order-",
                "transactions?participant=%00",
                "transactions/operation?participant=%00&operation=park",
                "transaction/operation?gid=order-007&operation=park&reason=%00",
                "transaction/operation?gid=order-007&operation=resolve&branch=reserve&op=foo&as=done",
                "transaction/payload?gid=order-007&branch=reserve&op=foo",
                "approvals?page=none",
                "topics?topic=%00",
                "topics?queues=none",
                "audit?page=none",
                "audit?gid=%00"
            })
    void an_invalid_value_is_answered_with_status_400_and_a_page(String path) {
        HttpResponse<String> page = pages.get(path);
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(page.body())
                .contains("class=\"failed\"", "<h1>")
                .contains("ENT-001")
                .doesNotContain("<script")
                .doesNotContainPattern("class=\"number\"[^>]*>\\d");
        MarkupRules.verify(page.body());
    }

    @Test
    void an_impossible_gid_is_a_404_and_an_impossible_prefix_a_400() {
        assertThat(pages.get("transaction?gid=%00").statusCode()).isEqualTo(404);
        assertThat(pages.get("transactions?gid=%00").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "transactions?participant=paymnt",
                "transactions?participant=Stock&only=parked",
                "transactions?participant=sto%20ck&waits=BACKOFF",
                "transactions?participant=paymnt&order=slowest",
                "transactions/operation?participant=paymnt&operation=park"
            })
    void an_unknown_participant_without_waiting_transactions_is_refused(String path) {
        HttpResponse<String> page = pages.get(path);
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(page.body()).contains("ENT-014", "is not configured, and no transaction waits for it");
        assertThat(page.body().contains("aria-invalid=\"true\"")).isEqualTo(path.startsWith("transactions?"));
        MarkupRules.verify(page.body());
    }

    @Test
    void a_configured_participant_without_waiting_transactions_is_accepted() {
        assertThat(pages.get("transactions?participant=stock").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "transactions?lang=fr, 'lang=fr (en, zh-CN)'",
        "transactions/operation?gid=x&operation=skip, 'operation=skip (retry, resume, park, abort)'",
        "transactions/operation?gid=x, 'operation= (retry, resume, park, abort)'",
        "transaction/operation?gid=order-007&operation=foo, 'operation=foo (abort, approve, force-finish, park,"
                + " reject, resend, resolve, resume, retry, skip)'",
        "transaction/operation?gid=order-007&operation=park&revision=3, revision",
        "transaction/operation?gid=order-007&operation=approve&branch=nope, branch=nope (reserve)",
        "new?example=none, 'example=none (saga, approval, tcc, two-phase, message, notification, http)'",
        "transactions?asof=2026, 'asof=2026 (2026-01-31T12:00:00Z, \u2026)'",
        "transaction?gid=order-007&branches=-1&event=x, 'branches=-1 (0, 1, 2, \u2026), event=x (0, 1, 2, \u2026)'",
        "transaction/payload?gid=order-007&branch=a&which=odd, 'which=odd (request, response)'",
        "transaction/operation?gid=order-007&operation=resolve&as=FOO, 'as=FOO (done, undone, never-happened)'",
        "audit?show=none, 'show=none (reads, all)'",
        "audit?from=noon, 'from=noon (2026-01-31T12:00:00Z, \u2026)'",
        "audit?format=xls, 'format=xls (csv)'",
        "?span=week, 'span=week (hour, day)'",
        "transaction?gid=order-007&format=csv, 'format=csv (json)'"
    })
    void an_unaccepted_value_is_named_with_the_accepted_values(String path, String named) {
        assertRefused(pages.get(path), named);
    }

    @ParameterizedTest
    @CsvSource({
        "operation=abort&branch=zz, branch",
        "operation=retry&op=action&as=done, 'op, as'",
        "operation=approve&branch=a&as=done, as",
        "operation=force-finish&as=FOO, 'as=FOO (SUCCEEDED, ABORTED)'"
    })
    void the_page_and_form_of_an_operation_accept_only_its_own_fields(String fields, String named) {
        String asked = "gid=order-007&" + fields;
        assertRefused(pages.get("transaction/operation?" + asked), named);
        assertRefused(pages.post("transaction/operation", asked + "&reason=x&revision=1&fence=0"), named);
        assertThat(coordinator.get("order-007").getTerminal()).isFalse();
    }

    private static void assertRefused(HttpResponse<String> page, String named) {
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(page.body())
                .contains("<h1>Invalid request</h1>", "<bdi>" + named + "</bdi>")
                .doesNotContain("method=\"post\"", "<script");
        MarkupRules.verify(page.body());
    }

    @ParameterizedTest
    @CsvSource({
        "participants, name=stock",
        "transactions/operation, gid=order-&operation=park&number=7",
        "transaction/operation, gid=order-007&operation=abort&reason=&revision=1&fence=0",
        "new, do=check&plan=x"
    })
    void links_on_the_page_after_a_form_are_accepted(String page, String form) {
        String html = pages.post(page, form).body();
        List<String> links = Pattern.compile("(?:href|data-stream)=\"((?:live)?\\?[^\"]*)\"")
                .matcher(html)
                .results()
                .map(link -> link.group(1).replace("&amp;", "&"))
                .map(link -> link.startsWith("?") ? page + link : link)
                .toList();
        assertThat(links)
                .isNotEmpty()
                .allSatisfy(link -> assertThat(pages.get(link).statusCode()).isNotEqualTo(400));
    }
}

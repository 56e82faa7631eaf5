package dev.entente.server.console;

import static dev.entente.server.console.ShownTransactions.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ParkReason;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of a list of transactions. */
class TransactionsPageTest {
    @Test
    void a_truncated_search_is_not_reported_as_empty() {
        Frame frame = Rendered.frame("transactions", Query.NONE.with("name", "rare"), Duration.ZERO, Language.ENGLISH);
        ApiResult<ListTransactionsResponse> listed = ApiResult.of(ListTransactionsResponse.newBuilder()
                .setExamined(100_000)
                .setNextPageToken("on")
                .build());

        assertThat(TransactionsPage.isCounted(new TransactionQuery(frame.query()), listed))
                .isFalse();
        assertThat(Rendered.list(frame, listed))
                .contains(
                        "No match so far.",
                        "This page searched 100000 finished transactions and all open transactions.")
                .contains("page=on")
                .doesNotContain("No transaction matches");
    }

    @Test
    void finished_rows_show_the_finish_time_and_open_rows_the_creation_time() {
        Frame frame = Rendered.frame("transactions", Query.NONE, Duration.ofHours(1), Language.ENGLISH);
        Transaction.Builder ended =
                Transaction.newBuilder().setGid("ended").setCreateTime(at(0)).setFinishTime(at(1_800_000));
        Transaction.Builder open = Transaction.newBuilder().setGid("open").setCreateTime(at(600_000));
        String html = Rendered.list(frame, ended.build(), open.build());

        assertThat(html)
                .contains("<th scope=\"col\" aria-sort=\"descending\"><a href=\"transactions\">Created or finished</a>")
                .contains("<th scope=\"col\" class=\"num\"><a href=\"transactions?order=slowest\">Duration</a>");
        assertThat(Pattern.compile("data-label=\"(Created|Finished)\".*?>([^<]*ago)</time>", Pattern.DOTALL)
                        .matcher(html)
                        .results()
                        .map(one -> one.group(1) + " " + one.group(2)))
                .containsExactly("Finished 30 min ago", "Created 50 min ago");
    }

    private static TransactionsPage counted(String query, CountTransactionsResponse counts) {
        ListTransactionsResponse listed =
                ListTransactionsResponse.newBuilder().setNextPageToken("on").build();
        return TransactionsPage.of(
                new TransactionQuery(Query.of(query)),
                ApiResult.of(listed),
                ApiResult.of(counts),
                ApiResult.failed(""),
                Rendered.T0,
                Texts.of(Language.ENGLISH));
    }

    private static List<String> tabs(TransactionsPage page) {
        return page.tabs().stream()
                .map(tab -> "%s|%s|%s%s".formatted(tab.text(), tab.number(), tab.href(), tab.isChosen() ? "|*" : ""))
                .toList();
    }

    @Test
    void a_tab_shows_the_number_of_each_state_and_keeps_the_other_fields() {
        CountTransactionsResponse counts = CountTransactionsResponse.newBuilder()
                .putByState("RUNNING", 842)
                .putByState("UNDOING", 3)
                .putByState("ABORTED", 1)
                .setOpen(845)
                .setParked(12)
                .build();
        TransactionsPage running = counted("state=RUNNING&name=x&order=slowest", counts);

        assertThat(tabs(running))
                .containsExactly(
                        "All|846|transactions?name=x&order=slowest",
                        "Parked|12|transactions?only=parked&name=x&order=slowest",
                        "Running|842|transactions?state=RUNNING&name=x&order=slowest|*",
                        "Undoing|3|transactions?state=UNDOING&name=x&order=slowest",
                        "Aborted|1|transactions?state=ABORTED&name=x&order=slowest");
        assertThat(running.count()).isEqualTo("842");
        assertThat(tabs(counted("only=parked", counts)))
                .contains("All|846|transactions", "Parked|12|transactions?only=parked|*")
                .contains("Running|842|transactions?state=RUNNING");
        assertThat(tabs(counted("only=parked&state=UNDOING", counts)))
                .contains("Undoing|3|transactions?only=parked&state=UNDOING|*")
                .contains("Aborted|1|transactions?only=parked&state=ABORTED");
        assertThat(tabs(counted("state=BEGUN", counts))).contains("Begun|0|transactions?state=BEGUN|*");
    }

    @Test
    void a_capped_count_of_finished_transactions_leaves_the_numbers_of_open_ones_exact() {
        CountTransactionsResponse counts = CountTransactionsResponse.newBuilder()
                .putByState("RUNNING", 7)
                .putByState("SUCCEEDED", 10_001)
                .setOpen(7)
                .setCapped(true)
                .build();

        assertThat(tabs(counted("", counts)))
                .containsExactly(
                        "All|10000+|transactions|*",
                        "Running|7|transactions?state=RUNNING",
                        "Succeeded|10001+|transactions?state=SUCCEEDED",
                        "Aborted||transactions?state=ABORTED",
                        "Given up||transactions?state=GIVEN_UP");
    }

    @Test
    void a_time_range_applies_to_the_list_and_to_the_command() {
        TransactionQuery asked =
                new TransactionQuery(Query.of("from=2026-01-31+12:00&to=2026-01-31T14:30:00.5%2B01:00&age=-1h"));
        TransactionFilter.Builder expected = TransactionFilter.newBuilder();
        expected.getCreatedAfterBuilder().setSeconds(1_769_860_800);
        expected.getCreatedBeforeBuilder().setSeconds(1_769_866_200).setNanos(500_000_000);

        assertThat(asked.filter(Instant.parse("2026-01-31T12:45:00Z"))).isEqualTo(expected.build());
        assertThat(asked.filter(Instant.parse("2026-01-31T13:10:00Z"))
                        .getCreatedAfter()
                        .getSeconds())
                .as("the age is the narrower condition")
                .isEqualTo(1_769_861_400);
        assertThat(asked.options())
                .isEqualTo(" --created-after 2026-01-31T12:00:00Z --created-before 2026-01-31T13:30:00.500Z"
                        + " --younger-than 1h");
        assertThat(new TransactionQuery(Query.of("from=noon&to=2026-02-30")).unknown())
                .containsExactly("from=noon", "to=2026-02-30");
    }

    @Test
    void advice_for_parked_transactions_appears_once_per_reason() {
        ListTransactionsResponse.Builder listed = ListTransactionsResponse.newBuilder();
        for (int i = 0; i < 5; i++) {
            Transaction.Builder one = listed.addTransactionsBuilder().setGid("p-" + i);
            one.getWaitingBuilder().setKind(Waiting.Kind.PARKED).setLastError("UNDO_EXHAUSTED: no. " + i);
            one.getParkedBuilder().setReason(Parked.Reason.UNDO_EXHAUSTED);
        }
        String advice = ParkReason.UNDO_EXHAUSTED.advice();

        assertThat(Rendered.list(frame(Query.NONE, "operator"), ApiResult.of(listed.build())))
                .contains("parked as UNDO_EXHAUSTED: no. 4</bdi>")
                .contains("<li><bdi>All attempts to undo have failed: " + advice + "</bdi></li>")
                .containsOnlyOnce(advice.substring(0, 20));
    }

    @Test
    void a_row_shows_the_start_of_an_error_and_the_page_shows_the_full_error() {
        String error = "ship: " + "no truck in sight, ".repeat(30) + "the end";
        Transaction.Builder parked = ShownTransactions.example("saga").setState(Transaction.State.UNDOING);
        parked.getParkedBuilder().setReason(Parked.Reason.UNDO_EXHAUSTED).setDetail(error);
        parked.getWaitingBuilder().setKind(Waiting.Kind.PARKED).setLastError("UNDO_EXHAUSTED: " + error);
        String list = Rendered.list(frame(Query.NONE, "operator"), parked.build());
        Matcher row = Pattern.compile("data-label=\"Reason\"><bdi>([^<]*)<").matcher(list);

        assertThat(row.find()).isTrue();
        assertThat(row.group(1))
                .startsWith("has waited for an operator, parked as UNDO_EXHAUSTED: ship: no truck")
                .endsWith(" in sight, no truck in\u2026")
                .hasSizeLessThan(132);
        assertThat(list).contains("badge tone-bad\">Parked while undoing<", "<a class=\"skip\" href=\"#rows\">");
        assertThat(Rendered.transactionPage(parked.build(), Query.NONE, Duration.ZERO, Language.ENGLISH))
                .contains(error, "badge tone-bad\">Parked while undoing<");
    }

    @Test
    void a_row_with_a_long_error_shows_the_next_time() {
        Transaction.Builder waits = ShownTransactions.example("saga");
        waits.getWaitingBuilder()
                .setKind(Waiting.Kind.BACKOFF)
                .setParticipant("bank")
                .setAttempts(3)
                .setLastError("no truck in sight, ".repeat(30))
                .setNextTime(at(9_000_000));

        assertThat(Rendered.list(frame(Query.NONE, "viewer"), waits.build()))
                .containsPattern("<bdi>has waited for the next call to bank, 3 attempts without success"
                        + " \\(no truck [^<]{60,95}\u2026\\), next attempt at [^<]*Z</bdi>");
    }

    @Test
    void an_empty_list_links_submitters_to_an_example() {
        String link = "<a href=\"new?example=saga\">Start from an example</a>";
        Query filter = Query.NONE.with("name", "rare");
        assertThat(Rendered.list(frame(Query.NONE, "viewer", "submitter")))
                .contains("There are no transactions yet.", link);
        assertThat(Rendered.list(frame(Query.NONE, "viewer"))).doesNotContain("href=\"new?", "#rows");
        assertThat(Rendered.list(frame(filter, "viewer", "submitter"))).doesNotContain("href=\"new?");
    }

    private static Frame frame(Query query, String... roles) {
        return Rendered.frame("transactions", query, Duration.ZERO, Language.ENGLISH, Set.of(roles));
    }

    @Test
    void an_invalid_filter_keeps_its_values_and_marks_the_wrong_fields() {
        Query query = Query.of("state=NOPE&label=acme&gid=order-&order=x");
        Frame frame = Rendered.frame("transactions", query, Duration.ZERO, Language.ENGLISH);
        String html = Rendered.list(frame, ApiResult.failed(400, "no"));

        assertThat(new TransactionQuery(query).unknown()).containsExactly("state=NOPE", "label=acme", "order=x");
        assertThat(html)
                .contains("name=\"state\" aria-invalid=\"true\"", "<option value=\"NOPE\" selected>NOPE</option>")
                .containsPattern("name=\"label\" value=\"acme\"[^>]* aria-invalid=\"true\"")
                .containsPattern("name=\"gid\" value=\"order-\"(?![^>]*aria-invalid)")
                .contains("<a href=\"transactions\">Clear</a>")
                .doesNotContain("<script");
    }
}

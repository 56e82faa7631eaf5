package dev.entente.server.console;

import static dev.entente.server.console.ShownTransactions.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ParkReason;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A list does not claim more than it knows. */
class TransactionsPageTest {
    @Test
    void a_search_that_was_cut_short_is_not_said_to_have_found_nothing() {
        Frame frame = Rendered.frame("transactions", Query.NONE.with("name", "rare"), Duration.ZERO, Language.ENGLISH);
        TransactionQuery asked = new TransactionQuery(frame.query());
        Part<ListTransactionsResponse> listed = Part.of(ListTransactionsResponse.newBuilder()
                .setLookedAt(100_000)
                .setNextPageToken("on")
                .build());

        assertThat(TransactionsPage.isCounted(asked, listed)).isFalse();
        TransactionsPage page =
                TransactionsPage.of(asked, listed, Part.failed(""), Part.failed(""), Instant.EPOCH, frame.texts());
        assertThat(Rendered.html("transactions.jte", frame, page))
                .contains("None of those looked at so far", "Looked at 100000 ended transactions")
                .contains("page=on")
                .doesNotContain("No transaction matches");
    }

    @Test
    void what_has_ended_stands_by_its_end_and_what_is_open_by_its_creation() {
        Frame frame = Rendered.frame("transactions", Query.NONE, Duration.ofHours(1), Language.ENGLISH);
        Part<ListTransactionsResponse> listed = Part.of(ListTransactionsResponse.newBuilder()
                .addTransactions(Transaction.newBuilder()
                        .setGid("ended")
                        .setCreateTime(at(0))
                        .setFinishTime(at(1_800_000)))
                .addTransactions(Transaction.newBuilder().setGid("open").setCreateTime(at(600_000)))
                .build());
        TransactionsPage page = TransactionsPage.of(
                new TransactionQuery(Query.NONE), listed, Part.failed(""), Part.failed(""), frame.now(), frame.texts());
        String html = Rendered.html("transactions.jte", frame, page);

        assertThat(html).contains("<th scope=\"col\">Created or ended</th>");
        assertThat(Pattern.compile("data-label=\"(Created|Ended)\".*?>([^<]*ago)</time>", Pattern.DOTALL)
                        .matcher(html)
                        .results()
                        .map(one -> one.group(1) + " " + one.group(2)))
                .containsExactly("Ended 30 min ago", "Created 50 min ago");
    }

    @Test
    void what_to_do_about_parked_ones_is_said_once_for_each_reason() {
        ListTransactionsResponse.Builder listed = ListTransactionsResponse.newBuilder();
        for (int i = 0; i < 5; i++) {
            Transaction.Builder one = listed.addTransactionsBuilder().setGid("p-" + i);
            one.getWaitingBuilder().setKind(Waiting.Kind.PARKED).setLastError("UNDO_EXHAUSTED: no. " + i);
            one.getParkedBuilder().setReason(Parked.Reason.UNDO_EXHAUSTED);
        }
        String advice = ParkReason.UNDO_EXHAUSTED.advice();

        assertThat(html(frame(Query.NONE, "operator"), listed.build()))
                .contains("PARKED UNDO_EXHAUSTED: no. 4</bdi>")
                .contains("<li><bdi>Attempts to undo are used up: " + advice + "</bdi></li>")
                .containsOnlyOnce(advice.substring(0, 20));
    }

    @Test
    void a_row_has_the_first_words_of_an_error_and_the_way_and_its_page_has_all_of_it() {
        String error = "ship: " + "no truck in sight, ".repeat(30) + "the end";
        Transaction.Builder parked = ShownTransactions.example("saga").setState(Transaction.State.UNDOING);
        parked.getParkedBuilder().setReason(Parked.Reason.UNDO_EXHAUSTED).setDetail(error);
        parked.getWaitingBuilder().setKind(Waiting.Kind.PARKED).setLastError("UNDO_EXHAUSTED: " + error);
        Frame frame = Rendered.frame("transactions", Query.NONE, Duration.ZERO, Language.ENGLISH);
        String list = html(
                frame,
                ListTransactionsResponse.newBuilder().addTransactions(parked).build());
        Matcher row = Pattern.compile("data-label=\"Reason\"><bdi>([^<]*)<").matcher(list);

        assertThat(row.find()).isTrue();
        assertThat(row.group(1))
                .startsWith("waits for an operator, PARKED UNDO_EXHAUSTED: ship: no truck")
                .endsWith(" in sight,\u2026")
                .hasSizeLessThan(132);
        assertThat(list).contains("badge-bad\">Parked while undoing<", "<a class=\"skip\" href=\"#rows\">");
        assertThat(Rendered.story(parked.build(), Query.NONE, Duration.ZERO, Language.ENGLISH))
                .contains(error, "badge-bad\">Parked while undoing<");
    }

    @Test
    void a_row_with_a_long_error_still_tells_the_next_time() {
        Transaction.Builder waits = ShownTransactions.example("saga");
        waits.getWaitingBuilder()
                .setKind(Waiting.Kind.BACKOFF)
                .setParticipant("bank")
                .setAttempts(3)
                .setLastError("no truck in sight, ".repeat(30))
                .setNextTime(at(9_000_000));
        ListTransactionsResponse listed =
                ListTransactionsResponse.newBuilder().addTransactions(waits).build();

        assertThat(html(frame(Query.NONE, "viewer"), listed))
                .containsPattern("<bdi>waits for bank: 3 attempts without success"
                        + " \\(no truck [^<]{60,95}\u2026\\), next at [^<]*Z</bdi>");
    }

    @Test
    void a_list_with_nothing_in_it_leads_those_who_may_to_an_example() {
        String link = "<a href=\"new?example=saga\">Begin with an example</a>";
        ListTransactionsResponse none = ListTransactionsResponse.getDefaultInstance();
        Query filter = Query.NONE.with("name", "rare");
        assertThat(html(frame(Query.NONE, "viewer", "submitter"), none))
                .contains("There are no transactions yet.", link);
        assertThat(html(frame(Query.NONE, "viewer"), none)).doesNotContain("href=\"new?", "#rows");
        assertThat(html(frame(filter, "viewer", "submitter"), none)).doesNotContain("href=\"new?");
    }

    private static Frame frame(Query query, String... roles) {
        return Rendered.frame("transactions", query, Duration.ZERO, Language.ENGLISH, Set.of(roles));
    }

    private static String html(Frame frame, ListTransactionsResponse listed) {
        TransactionsPage page = TransactionsPage.of(
                new TransactionQuery(frame.query()),
                Part.of(listed),
                Part.failed(""),
                Part.failed(""),
                frame.now(),
                frame.texts());
        return Rendered.html("transactions.jte", frame, page);
    }

    @Test
    void a_filter_that_is_not_understood_shows_what_was_asked_and_where_it_is_wrong() {
        Query query = Query.of("state=NOPE&label=acme&gid=order-&order=x");
        Frame frame = Rendered.frame("transactions", query, Duration.ZERO, Language.ENGLISH);
        TransactionQuery asked = new TransactionQuery(query);
        TransactionsPage page = TransactionsPage.of(
                asked, Part.failed(400, "no"), Part.failed(""), Part.failed(""), frame.now(), frame.texts());
        String html = Rendered.html("transactions.jte", frame, page);

        assertThat(asked.unknown()).containsExactly("state=NOPE", "label=acme", "order=x");
        assertThat(html)
                .contains("name=\"state\" aria-invalid=\"true\"", "<option value=\"NOPE\" selected>NOPE</option>")
                .containsPattern("name=\"label\" value=\"acme\"[^>]* aria-invalid=\"true\"")
                .containsPattern("name=\"gid\" value=\"order-\"(?![^>]*aria-invalid)")
                .contains("<a href=\"transactions\">Clear</a>")
                .doesNotContain("<script");
    }

    @Test
    void values_that_are_not_known_are_named() {
        for (String url : new String[] {"label=acme", "state=NOPE", "age=abc"}) {
            TransactionQuery asked = new TransactionQuery(Query.of("only=parked&name=&page=x&" + url));
            assertThat(asked.unknown()).as(url).containsExactly(url);
            assertThat(asked.isExact()).as(url).isFalse();
        }
        assertThat(new TransactionQuery(Query.of("label=a%3Db&state=RUNNING&lang=en&asof=1")).unknown())
                .isEmpty();
    }
}

package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.v1.ListTransactionsResponse;
import java.time.Duration;
import java.time.Instant;
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
    void fields_and_values_that_are_not_known_are_named() {
        for (String url : new String[] {"label=acme", "state=NOPE", "wait=BACKOFF", "age=abc"}) {
            TransactionQuery asked = new TransactionQuery(Query.of("only=parked&name=&page=x&" + url));
            assertThat(asked.unknown()).as(url).containsExactly(url);
            assertThat(asked.isExact()).as(url).isFalse();
        }
        assertThat(new TransactionQuery(Query.of("label=a%3Db&state=RUNNING&lang=en&asof=1")).unknown())
                .isEmpty();
    }
}

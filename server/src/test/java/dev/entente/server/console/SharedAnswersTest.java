package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import dev.entente.v1.ListTransactionsResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** However many look, and however far a search goes, it costs little, and the page does not claim more than it knows. */
class SharedAnswersTest {
    private final SharedAnswers shared = new SharedAnswers();
    private final List<SettableFuture<String>> asked = new ArrayList<>();

    private ListenableFuture<String> ask() {
        SettableFuture<String> answer = SettableFuture.create();
        asked.add(answer);
        return answer;
    }

    @Test
    void many_who_ask_at_once_have_one_answer_and_what_is_asked_later_is_asked_anew() {
        List<ListenableFuture<String>> answers = IntStream.range(0, 10)
                .mapToObj(_ -> shared.get("how many", this::ask))
                .toList();
        assertThat(asked).hasSize(1);
        assertThat(answers).containsOnly(answers.getFirst());
        var _ = shared.get("how old", this::ask);
        assertThat(asked).hasSize(2);

        asked.getFirst().set("ten");
        await().until(() -> shared.get("how many", this::ask) != answers.getFirst());
    }

    @Test
    void what_was_done_here_is_seen_at_once() {
        var _ = shared.get("how many", this::ask);
        shared.forget();
        var _ = shared.get("how many", this::ask);
        assertThat(asked).hasSize(2);
    }

    @Test
    void no_more_than_a_bounded_number_is_kept() {
        for (int i = 0; i < 1000; i++) {
            var _ = shared.get(i, this::ask);
            var _ = shared.get(i, this::ask);
        }
        assertThat(asked).hasSize(256 + 2 * (1000 - 256));
        asked.forEach(answer -> answer.set("done"));
        await().until(() ->
                shared.get("another", () -> Futures.immediateFuture("kept")) == shared.get("another", this::ask));
    }

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
}

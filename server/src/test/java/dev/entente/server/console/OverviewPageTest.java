package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.v1.Coordinator;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.Ended;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.Pattern;
import dev.entente.v1.Rate;
import dev.entente.v1.Statistics;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverviewPageTest {
    private static final Frame FRAME = Rendered.frame("", Query.NONE, Duration.ZERO, Language.ENGLISH);

    private static String page(
            Frame frame, CountTransactionsResponse counts, Coordinator coordinator, Statistics counted) {
        return page(frame, counts, coordinator, counted, ListRatesResponse.newBuilder());
    }

    private static String page(
            Frame frame,
            CountTransactionsResponse counts,
            Coordinator coordinator,
            Statistics counted,
            ListRatesResponse.Builder rates) {
        RateGraphs graphs =
                RateGraphs.of(rates.setStep(Durations.fromMinutes(1)).build(), false, frame.now(), frame.texts());
        CoordinatorRow row = CoordinatorRow.of(coordinator, ApiResult.of(counted), frame.now(), frame.texts());
        OverviewPage page = OverviewPage.of(
                ApiResult.of(counts),
                ApiResult.failed(""),
                ApiResult.of(List.of(row)),
                ApiResult.of(graphs),
                frame.now(),
                frame.texts());
        return Rendered.html("overview.jte", frame, page);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | waits for an approval | is due, and no coordinator has claimed it"
                        + " | transaction is held by n, which has failed or stopped",
                "2 | wait for an approval | are due, and no coordinator has claimed them"
                        + " | transactions are held by n, which has failed or stopped"
            })
    void attention_texts_use_singular_and_plural(int count, String approval, String overdue, String gone) {
        CountTransactionsResponse counts = CountTransactionsResponse.newBuilder()
                .setAwaitingApproval(count)
                .setOverdue(count)
                .build();
        Coordinator coordinator =
                Coordinator.newBuilder().setNode("n").setOpen(count).build();

        assertThat(page(FRAME, counts, coordinator, Statistics.getDefaultInstance())
                        .replace("&#39;", "'"))
                .contains("<bdi>" + approval + "</bdi>", "<bdi>" + overdue + "</bdi>", "<bdi>" + gone + "</bdi>");
    }

    @Test
    void an_unused_coordinator_links_to_an_example() {
        Frame newcomer =
                Rendered.frame("", Query.NONE, Duration.ZERO, Language.ENGLISH, Set.of("operator", "submitter"));
        CountTransactionsResponse none = CountTransactionsResponse.getDefaultInstance();
        Coordinator alive = Coordinator.newBuilder().setAlive(true).build();
        Statistics counted = Statistics.newBuilder().putAccepted("SAGA", 1).build();

        assertThat(page(newcomer, none, alive, Statistics.getDefaultInstance()))
                .contains(
                        "no transaction is open, and no coordinator has accepted a transaction since its start.",
                        "<a href=\"new?example=saga\">");
        assertThat(page(FRAME, none, Coordinator.getDefaultInstance(), counted)).doesNotContain("id=\"rates\"");
        assertThat(page(newcomer, none, alive, counted))
                .contains("Nothing needs attention.")
                .doesNotContain("new?example");
    }

    /** The API knows the bucket of the 95th percentile, and returns the bucket's upper bound. */
    @Test
    void a_percentile_is_shown_as_a_bound_and_a_mean_as_a_value() {
        Statistics counted = Statistics.newBuilder()
                .addEnded(Ended.newBuilder()
                        .setPattern(Pattern.SAGA)
                        .setState(Transaction.State.SUCCEEDED)
                        .setCount(3)
                        .setMean(Durations.fromSeconds(21))
                        .setWithin95(Durations.fromSeconds(30)))
                .build();

        assertThat(page(
                        FRAME,
                        CountTransactionsResponse.getDefaultInstance(),
                        Coordinator.newBuilder().setAlive(true).build(),
                        counted))
                .contains("data-label=\"95th percentile\">at most 30 s<", ">21 s<");
    }

    @Test
    void graphs_show_gaps_between_minutes_and_times_without_a_bound_in_words() {
        ListRatesResponse.Builder rates = ListRatesResponse.newBuilder()
                .addRates(Rate.newBuilder()
                        .setTime(Times.proto(FRAME.now().minusSeconds(1800)))
                        .setAccepted(14))
                .addRates(Rate.newBuilder()
                        .setTime(Times.proto(FRAME.now().minusSeconds(180)))
                        .setAccepted(7))
                .addRates(Rate.newBuilder()
                        .setTime(Times.proto(FRAME.now().minusSeconds(120)))
                        .setAborted(1));
        CountTransactionsResponse none = CountTransactionsResponse.getDefaultInstance();
        Coordinator coordinator = Coordinator.getDefaultInstance();

        assertThat(page(FRAME, none, coordinator, Statistics.getDefaultInstance(), rates))
                .containsPattern("<title>\\d\\d:\\d\\d UTC: Accepted 7, Succeeded 0</title>")
                .containsPattern(" d=\"M\\d+ 22h0M\\d+ 75h0L\\d+ 128\"")
                .containsPattern("UTC: Aborted 1, Parked 0, Given up 0</title>")
                .contains("UTC: 95th percentile \u2013</title>", "UTC: 95th percentile over 1 h</title>");
        assertThat(page(FRAME, none, coordinator, Statistics.getDefaultInstance()))
                .contains("No counts are stored yet.")
                .doesNotContain("<figure");
    }
}

package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.util.Durations;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Assets;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.http.WebResponse;
import dev.entente.v1.Coordinator;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.Ended;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.Parked;
import dev.entente.v1.ParkedCount;
import dev.entente.v1.Participant;
import dev.entente.v1.Pattern;
import dev.entente.v1.Rate;
import dev.entente.v1.Statistics;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverviewPageTest {
    private static final Frame FRAME = Rendered.frame("", Query.NONE, Duration.ZERO, Language.ENGLISH);
    private static final CountTransactionsResponse COUNTS = CountTransactionsResponse.newBuilder()
            .setOpen(1000)
            .addParkedBy(ParkedCount.newBuilder().setCount(7).setParticipant("mail"))
            .setOverdue(900)
            .setAwaitingApproval(3)
            .build();

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
                .contains("<bdi>" + approval + "</bdi>", "<bdi>" + overdue + "</bdi>", "<bdi>" + gone + "</bdi>")
                .contains("href=\"runbooks#ententeoverdue\"", "href=\"runbooks#ententecoordinatormissing\"");
    }

    @Test
    void the_page_of_runbooks_has_an_anchor_for_each_link_and_no_markdown() {
        WebResponse page = Objects.requireNonNull(new Assets().find("runbooks"));
        assertThat(new String(page.body(), StandardCharsets.UTF_8))
                .contains("<h2 id=\"ententeoverdue\">EntenteOverdue</h2>\n\n<ul><li><strong>Meaning</strong>: ")
                .contains("<a href=\"#ententedatabaseslow\">EntenteDatabaseSlow</a>", "<em>out of stock</em>")
                .doesNotContain("**", "](", "`", "\n- ", "\n## ");
    }

    @Test
    void the_page_of_participants_shows_since_when_there_is_no_response() {
        ListParticipantsResponse listed = ListParticipantsResponse.newBuilder()
                .addParticipants(reported("hung", "closed", 90))
                .addParticipants(Participant.newBuilder().setName("stock").setCircuit("closed"))
                .build();
        ParticipantsPage page = new ParticipantsPage(ApiResult.of(listed), null, FRAME.texts());

        assertThat(Rendered.html("participants.jte", FRAME, page))
                .containsOnlyOnce("no response since ")
                .containsOnlyOnce("href=\"runbooks#ententeparticipantunresponsive\"");
    }

    @ParameterizedTest
    @CsvSource({"UNDO_REFUSED, retry", "BY_OPERATOR, resume", "RESTORED, ", "BINDING_ABSENT, ", "UNREADABLE_ROW, "})
    void a_group_of_parked_transactions_links_to_its_list_and_its_bulk_form(
            Parked.Reason reason, @Nullable String act) {
        CountTransactionsResponse counts = CountTransactionsResponse.newBuilder()
                .addParkedBy(ParkedCount.newBuilder()
                        .setReason(reason)
                        .setParticipant("mail")
                        .setError("HTTP #")
                        .setCount(842))
                .build();
        String filter = "?only=parked&amp;reason=" + reason + "&amp;error=HTTP+%23&amp;participant=mail";
        Frame viewer = Rendered.frame("", Query.NONE, Duration.ZERO, Language.ENGLISH, Set.of("viewer"));
        Coordinator none = Coordinator.getDefaultInstance();

        String html = page(FRAME, counts, none, Statistics.getDefaultInstance());
        assertThat(html)
                .contains("href=\"transactions" + filter + "#rows\"", ">842<", " \u00b7 mail \u00b7 HTTP #<")
                .contains(act == null ? "" : "transactions/operation" + filter + "&amp;operation=" + act + "\"");
        assertThat(html.contains("class=\"act\"")).isEqualTo(act != null);
        assertThat(page(viewer, counts, none, Statistics.getDefaultInstance())).doesNotContain("class=\"act\"");
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

    @Test
    void a_coordinator_with_an_expired_lease_needs_attention() {
        Coordinator expired = Coordinator.newBuilder()
                .setNode("n")
                .setAlive(true)
                .setOpen(7)
                .setLeaseExpired(true)
                .build();

        assertThat(page(
                        FRAME,
                        CountTransactionsResponse.getDefaultInstance(),
                        expired,
                        Statistics.getDefaultInstance()))
                .contains("Lease expired", "transactions are held by n, which has not renewed its lease")
                .contains("href=\"runbooks#ententedatabaseunreachable\"")
                .doesNotContain("Nothing needs attention.");
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

    private static Participant reported(String name, String circuit, int seconds) {
        return Participant.newBuilder()
                .setName(name)
                .setCircuit(circuit)
                .setUnansweredSince(Times.proto(FRAME.now().minusSeconds(seconds)))
                .setLastError("connection refused")
                .build();
    }

    @Test
    void each_participant_without_responses_is_shown_once_and_by_the_transactions_that_wait() {
        Map<String, Integer> open = Map.of("inventory", 842, "payment", 20, "mail", 19, "idle", 0);
        List<Participant> reports = List.of(
                reported("payment", "closed", 120),
                reported("mail", "closed", 900),
                reported("idle", "half-open", 5),
                reported("inventory", "closed", 700),
                reported("inventory", "open", 60),
                reported("inventory", "open", 61));

        assertThat(UnavailableParticipant.of(
                        reports,
                        name -> () -> ApiResult.of(CountTransactionsResponse.newBuilder()
                                .setOpen(open.getOrDefault(name, 0))
                                .build())))
                .extracting(UnavailableParticipant::participant, UnavailableParticipant::isHung)
                .containsExactly(
                        tuple(reports.get(5), false), tuple(reports.get(0), true), tuple(reports.get(2), false));
    }

    /** @param asOf the time of the values; null for the present */
    private static String outage(@Nullable CountTransactionsResponse counts, String error, @Nullable Instant asOf) {
        ApiResult<CountTransactionsResponse> counted = new ApiResult<>(counts, 503, error, List.of(), asOf);
        ApiResult<CountTransactionsResponse> waiting = counted.map(
                all -> all.toBuilder().setOpen(842).addUnanswered("node-c").build());
        CoordinatorRow gone = CoordinatorRow.of(
                Coordinator.newBuilder().setNode("n").setOpen(5).build(),
                ApiResult.failed(""),
                FRAME.now(),
                FRAME.texts());
        OverviewPage page = OverviewPage.of(
                counted,
                counted.map(_ -> List.of(new UnavailableParticipant(reported("inventory", "open", 720), waiting))),
                counted.map(_ -> List.of(gone)),
                ApiResult.failed(error),
                FRAME.now(),
                FRAME.texts());
        return Rendered.html("overview.jte", FRAME, page);
    }

    @Test
    void an_unreachable_participant_is_listed_first_and_then_the_other_items_by_impact() {
        assertThat(outage(COUNTS, "", null))
                .containsSubsequence(
                        "href=\"transactions?only=open&amp;participant=inventory#rows\"",
                        "Does not respond",
                        ">842<",
                        "transactions wait for inventory",
                        "no response since "
                                + DisplayedTime.of(FRAME.now().minusSeconds(720), FRAME.now(), FRAME.texts())
                                        .clock() + ", 12 min ago \u00b7 connection refused \u00b7 1 coordinator",
                        "node-c",
                        ">5<",
                        ">7<",
                        ">900<",
                        ">3<",
                        "Open, by pattern <span class=\"number\">1000<")
                .doesNotContain("<strong>As of ");
    }

    @ParameterizedTest
    @CsvSource({"mail, '', true", "mail, ENT-052: down, false", "inventory, '', false"})
    void a_group_has_a_link_to_its_retry_while_the_database_and_the_participant_respond(
            String participant, String error, boolean isOffered) {
        ParkedCount group = ParkedCount.newBuilder()
                .setReason(Parked.Reason.UNDO_EXHAUSTED)
                .setParticipant(participant)
                .setCount(7)
                .build();

        assertThat(outage(COUNTS.toBuilder().addParkedBy(group).build(), error, FRAME.now())
                        .contains("participant=" + participant + "&amp;operation=retry"))
                .isEqualTo(isOffered);
    }

    @Test
    void earlier_values_are_shown_with_their_time_and_missing_values_without_a_heading() {
        Instant before = FRAME.now().minusSeconds(35);
        assertThat(outage(COUNTS, "ENT-052: down", before))
                .containsOnlyOnce("<strong>As of ")
                .contains(" UTC, 35 s ago:</strong>", "ENT-052: down", ">842<", "id=\"open\"", "could not be loaded");
        assertThat(outage(null, "ENT-052: down", null))
                .contains("could not be loaded")
                .doesNotContain("id=\"open\"", "id=\"attention\"", "<strong>As of ");
    }
}

package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.ExampleParticipant;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The overview's graphs against the rows of the transactions, which the table of counts does not depend on. */
class RatesTest {
    private static final Pattern POINT =
            Pattern.compile("<title>(\\d\\d:\\d\\d) UTC: (?:Accepted|Aborted) ([^,]+), (?:Succeeded|Parked) ([^,<]+)");
    private static final String ALL =
            "(select created_at from open_transaction union all select created_at from finished_transaction) t";

    private final DatabaseSettings database = TestDatabase.withSchema();
    private ExampleParticipant stock;

    @BeforeEach
    void start() throws IOException {
        stock = ExampleParticipant.start();
    }

    @AfterEach
    void stop() {
        stock.close();
    }

    private LocalCoordinator start(String node) {
        return LocalCoordinator.start(database, node, "participants.stock.target", stock.target());
    }

    private static void run(LocalCoordinator coordinator, String prefix, int number, String method) {
        for (int i = 0; i < number; i++) {
            var _ = coordinator.run(SamplePlans.calling(prefix + "-" + method + "-" + i, method));
        }
    }

    /** Returns the values of the page's points by minute: accepted, succeeded, aborted, parked. */
    private static Map<String, List<Double>> points(LocalCoordinator coordinator, String path) {
        String html = new Browser().get(coordinator, path).body();
        MarkupRules.verify(html);
        Map<String, List<Double>> points = new TreeMap<>();
        for (MatchResult point : POINT.matcher(html).results().toList()) {
            List<Double> values = List.of(Double.valueOf(point.group(2)), Double.valueOf(point.group(3)));
            points.merge(
                    point.group(1),
                    values,
                    (success, failure) ->
                            List.of(success.getFirst(), success.getLast(), failure.getFirst(), failure.getLast()));
        }
        return points;
    }

    private static double rows(LocalCoordinator coordinator, String from) {
        return coordinator.number("select count(*) from " + from);
    }

    /** Returns whether a minute of the page is between the first transaction and now. */
    private static boolean isOfTheTest(LocalCoordinator coordinator, String minute) {
        return coordinator.number("""
            select count(*) from (select min(created_at) at time zone 'UTC' as first from %s) x,
              generate_series(date_trunc('minute', first), now() at time zone 'UTC', interval '1 minute') minute
            where to_char(minute - interval '10 minutes', 'HH24:MI') = '%s'\
            """.formatted(ALL, minute)) > 0;
    }

    @Test
    void the_graphs_equal_the_rows_of_two_coordinators_after_a_restart() {
        try (LocalCoordinator first = start("node-a");
                LocalCoordinator second = start("node-b")) {
            run(first, "first", 21, "Reserve");
            run(second, "second", 8, "Reserve");
            run(second, "second", 6, "Reject");
        }
        try (LocalCoordinator second = start("node-b")) {
            run(second, "again", 3, "Reserve");
            run(second, "again", 2, "Nothing");
        }
        try (LocalCoordinator reader = start("node-a")) {
            reader.execute("update minute_count set minute = minute - interval '10 minutes'");

            Map<String, List<Double>> points = points(reader, "");
            assertThat(points.keySet()).allMatch(minute -> isOfTheTest(reader, minute));
            assertThat(sums(points))
                    .containsExactly(
                            rows(reader, ALL),
                            rows(reader, "finished_transaction where state = 6"),
                            rows(reader, "finished_transaction where state = 7"),
                            rows(reader, "open_transaction where parked_at is not null"))
                    .containsExactly(40.0, 32.0, 6.0, 2.0);
            assertThat(sums(points(reader, "?span=day"))).containsExactly(8.0, 6.4, 1.2, 0.4);
        }
    }

    private static List<Double> sums(Map<String, List<Double>> points) {
        return points.values().stream()
                .reduce(
                        List.of(0.0, 0.0, 0.0, 0.0),
                        (sum, values) -> IntStream.range(0, 4)
                                .mapToObj(i -> Math.round(100 * (sum.get(i) + values.get(i))) / 100.0)
                                .toList());
    }
}

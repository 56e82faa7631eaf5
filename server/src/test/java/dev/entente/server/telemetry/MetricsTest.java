package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.WrittenPage;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MetricsTest {
    private static final java.util.regex.Pattern TYPE = java.util.regex.Pattern.compile("# TYPE (entente_\\w+) (\\w+)");

    private static final java.util.regex.Pattern NAME = java.util.regex.Pattern.compile("\\{([A-Z_]+)}");

    /** The questions of an operator, each with the expression that answers it; a {@link MetricName} is in braces. */
    private static final String QUESTIONS = """
        | How many transactions finish, and how? | `sum by (state) (rate({TRANSACTION}_count[5m]))` |
        | Which share is compensated or given up? | `entente:failed:ratio_rate5m` of the rules below |
        | How long do transactions take? | `histogram_quantile(0.95, sum by (pattern, le) (rate({TRANSACTION}_bucket[5m])))` |
        | Which transactions wait for an operator? | `sum by (reason) ({TABLE_PARKED})` |
        | How many wait for an approval? | `sum({TABLE_AWAITING_APPROVAL})` |
        | How many are due, and not claimed? | `sum({TABLE_OVERDUE})`, `max({TABLE_OVERDUE_AGE})` |
        | Which participant does not respond? | `{CIRCUIT} > 0` |
        | How do calls end? | `sum by (participant, op, outcome) (rate({CALLS}[5m]))` |
        | Which participant is slow? | `histogram_quantile(0.95, sum by (participant, le) (rate({CALL}_bucket[5m])))` |
        | Which participant's limit is reached? | `{WAITING} > 0` |
        | How full is the memory? | `{OPEN_BYTES} / {OPEN_BYTES_LIMIT}` |
        | Is the database slow? | `histogram_quantile(0.99, sum by (le) (rate({BATCH}_bucket[5m])))`, `{STORE_QUEUE}` |
        | Does the database refuse writes? | `increase({WRITES_REPEATED}{cause!="conflict"}[5m])` |
        | Which tables grow? | `sum by (table) ({TABLE_BYTES})` |
        | Does the vacuum keep up? | `sum by (table) ({TABLE_DEAD_ROWS})` |
        | Does the retention keep up? | `max({RETENTION_LAG})` |
        | Do coordinators lose their lease? | `increase({LEASE_LOST}[1h])` |
        | Which requests fail? | `sum by (method, code) (rate({RPC}_count[5m]))` |
        | Is there a defect? | `increase({CAUGHT}[1h])` |
        """;

    final Metrics metrics = Metrics.prometheus();

    @RegisterExtension
    private final LogLines lines = new LogLines(PrometheusMeterRegistry.class);

    @Test
    void the_start_logs_no_warning() {
        var _ = Metrics.prometheus();
        assertThat(lines.reported()).isEmpty();
    }

    @Test
    void the_document_lists_every_metric_with_its_type_its_labels_and_its_meaning() throws IOException {
        touchAll();
        Map<MetricName, String> names = new EnumMap<>(MetricName.class);
        Map<String, String> types = new LinkedHashMap<>();
        TYPE.matcher(metrics.exposition())
                .results()
                .filter(type -> !type.group(1).endsWith("_max"))
                .forEach(type -> types.put(type.group(1), type.group(2)));
        StringBuilder table = new StringBuilder();
        for (MetricName name : MetricName.values()) {
            String id = name.id().replace('.', '_');
            String shown = Stream.of(id + "_total", id + "_seconds", id)
                    .filter(types::containsKey)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("nothing touches " + name));
            String labels =
                    name.labels().stream().map(label -> " `" + label + "`").collect(Collectors.joining(","));
            names.put(name, shown);
            table.append("| `%s` | %s |%s | %s |\n".formatted(shown, types.remove(shown), labels, name.description()));
        }
        assertThat(types).as("metrics without a name of ours").isEmpty();
        String questions =
                NAME.matcher(QUESTIONS).replaceAll(name -> names.getOrDefault(MetricName.valueOf(name.group(1)), ""));
        WrittenPage.hold(
                "metrics.md",
                page -> WrittenPage.withTable(
                        WrittenPage.withTable(page, "| `entente_", table.toString()), "| How many", questions));
    }

    @Test
    void calls_are_counted_by_operation_and_outcome() {
        CallMeters calls = metrics.calls("stock");
        calls.answered("action", new Outcome.Succeeded(ByteString.EMPTY), 1_000_000);
        calls.answered("action", new Outcome.Succeeded(ByteString.EMPTY), 3_000_000);
        calls.notSent("cancel", new Outcome.NotSent("", Duration.ZERO));

        assertThat(metrics.exposition())
                .contains("entente_calls_total{op=\"action\",outcome=\"succeeded\",participant=\"stock\"} 2.0")
                .contains("entente_calls_total{op=\"cancel\",outcome=\"not_sent\",participant=\"stock\"} 1.0")
                .contains("entente_call_duration_seconds_count{op=\"action\",participant=\"stock\"} 2")
                .contains("entente_call_duration_seconds_sum{op=\"action\",participant=\"stock\"} 0.004");
    }

    @Test
    void labels_from_clients_stay_bounded() {
        for (int i = 0; i < 1_000; i++) {
            metrics.http("/" + i, 404);
        }

        assertThat(metrics.exposition().lines().filter(line -> line.startsWith("entente_http_requests_total")))
                .hasSize(201)
                .contains("entente_http_requests_total{code=\"404\",path=\"other\"} 800.0");
    }

    private static OpenCounts.Group running(@Nullable ParkReason reason, long count, long overdue, Duration age) {
        Instant since = reason == null ? null : Instant.EPOCH;
        return new OpenCounts.Group(
                Pattern.SAGA, TransactionState.RUNNING, reason, "", "", false, count, since, overdue, age);
    }

    @Test
    void table_metrics_are_shown_by_the_counting_coordinator_only() {
        metrics.table(new OpenCounts(
                List.of(
                        running(null, 1, 1, Duration.ofSeconds(4)),
                        running(ParkReason.UNDO_REFUSED, 2, 0, Duration.ZERO)),
                Duration.ZERO));
        assertThat(metrics.exposition())
                .contains("entente_table_open{pattern=\"saga\",state=\"running\"} 3.0")
                .contains("entente_table_open{pattern=\"tcc\",state=\"begun\"} 0.0")
                .contains("entente_table_parked{reason=\"undo_refused\"} 2.0")
                .contains("entente_table_overdue_age_seconds 4.0");

        metrics.table(OpenCounts.NONE);
        assertThat(metrics.exposition()).contains("entente_table_open{pattern=\"saga\",state=\"running\"} 0.0");

        metrics.table(null);
        assertThat(metrics.exposition()).doesNotContain("entente_table");
    }

    @Test
    void only_terminal_states_are_finished() {
        assertThatThrownBy(() -> metrics.finished(Pattern.SAGA, TransactionState.RUNNING, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_transaction_with_a_negative_duration_is_counted() {
        metrics.finished(Pattern.SAGA, TransactionState.SUCCEEDED, Duration.ofNanos(-897_290));

        assertThat(metrics.exposition())
                .contains("entente_transaction_duration_seconds_count{pattern=\"saga\",state=\"succeeded\"} 1");
    }

    @Test
    void disabled_metrics_count_nothing() {
        Metrics none = Metrics.none();
        none.accepted(Pattern.SAGA);
        none.rpc("Submit", "OK", 1);
        none.calls("stock").answered("action", new Outcome.Succeeded(ByteString.EMPTY), 1);

        assertThat(none.exposition()).isEmpty();
    }

    void touchAll() {
        metrics.accepted(Pattern.SAGA);
        metrics.known(Pattern.TCC);
        metrics.finished(Pattern.SAGA, TransactionState.SUCCEEDED, Duration.ofMillis(5));
        metrics.switchedToUndo(AbortReason.DEADLINE);
        metrics.parked(ParkReason.BY_OPERATOR);
        metrics.unparked();
        metrics.adopted(2);
        metrics.calls("stock").answered("action", new Outcome.Succeeded(ByteString.EMPTY), 1);
        metrics.showParticipant("stock", () -> 1, () -> 2, () -> 0);
        metrics.showStream("stock", () -> true);
        metrics.table(OpenCounts.NONE);
        metrics.batch(3, 1);
        metrics.inDoubt();
        metrics.writesRepeated("conflict", 3);
        metrics.leaseLost();
        metrics.count(MetricName.PEER_DOUBTED, "forged");
        metrics.openCallRefused();
        metrics.count(MetricName.HTTP_REFUSED, "body");
        List.of(
                        MetricName.OPEN,
                        MetricName.OPEN_BYTES,
                        MetricName.OPEN_BYTES_LIMIT,
                        MetricName.STORE_QUEUE,
                        MetricName.TOKENS,
                        MetricName.TOKEN_FILE,
                        MetricName.TOKEN_USED,
                        MetricName.OPEN_CALLS,
                        MetricName.HTTP_CONNECTIONS,
                        MetricName.HTTP_STREAMS,
                        MetricName.CERTIFICATE_EXPIRY,
                        MetricName.AUTHORITIES_EXPIRY,
                        MetricName.PARTICIPANT_CERTIFICATE_EXPIRY,
                        MetricName.CERTIFICATE_FILE,
                        MetricName.CONFIGURATION_FILE,
                        MetricName.SECRET_FILE)
                .forEach(name -> metrics.show(name, () -> 1, name.labels().toArray(String[]::new)));
        metrics.caught("a-loop");
        metrics.rpc("SubmitTransaction", "OK", 1);
        metrics.http("/livez", 200);
    }
}

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

class MetricsTest {
    private static final java.util.regex.Pattern TYPE = java.util.regex.Pattern.compile("# TYPE (entente_\\w+) (\\w+)");

    private static final String RATE = "sum by (%s) (rate({0}_count[5m]))";
    private static final String QUANTILE = "histogram_quantile(0.95, sum by (%s) (rate({0}_bucket[5m])))";

    /** A question of an operator, and the expression that answers the question; {0} is the first metric. */
    private record Question(String text, String expression, MetricName... metrics) {}

    private static final List<Question> QUESTIONS = List.of(
            new Question("How many transactions finish, and how?", RATE.formatted("state"), MetricName.TRANSACTION),
            new Question(
                    "Which share is compensated or given up?",
                    "`entente:failed:ratio_rate5m` of the [rules](../deploy/prometheus/entente.rules.yml)"),
            new Question("How long do transactions take?", QUANTILE.formatted("pattern, le"), MetricName.TRANSACTION),
            new Question("Which transactions wait for an operator?", "sum by (reason) ({0})", MetricName.TABLE_PARKED),
            new Question("How many transactions wait for an approval?", "sum({0})", MetricName.TABLE_AWAITING_APPROVAL),
            new Question("How many transactions are due, and not claimed?", "sum({0})", MetricName.TABLE_OVERDUE),
            new Question("How long are they due?", "max({0})", MetricName.TABLE_OVERDUE_AGE),
            new Question(
                    "Was a notification given up?",
                    "increase({0}_count{pattern=\"notification\",state=\"given_up\"}[1h])",
                    MetricName.TRANSACTION),
            new Question("Which participant does not respond?", "{0} > 0", MetricName.CIRCUIT),
            new Question("How do calls end?", "sum by (participant, op, outcome) (rate({0}[5m]))", MetricName.CALLS),
            new Question("Which participant is slow?", QUANTILE.formatted("participant, le"), MetricName.CALL),
            new Question("Which limit of calls is reached?", "{0} > 0", MetricName.WAITING),
            new Question("How full is the memory?", "{0} / {1}", MetricName.OPEN_BYTES, MetricName.OPEN_BYTES_LIMIT),
            new Question("Is the database slow?", QUANTILE.formatted("le"), MetricName.BATCH),
            new Question("How many writes wait?", "{0}", MetricName.STORE_QUEUE),
            new Question(
                    "Does the database refuse writes?",
                    "increase({0}{cause!=\"conflict\"}[5m])",
                    MetricName.WRITES_REPEATED),
            new Question("Which tables grow?", "sum by (table) ({0})", MetricName.TABLE_BYTES),
            new Question("Does the vacuum keep up?", "sum by (table) ({0})", MetricName.TABLE_DEAD_ROWS),
            new Question("Does the retention keep up?", "max({0})", MetricName.RETENTION_LAG),
            new Question("How many coordinators run?", "sum({0}{state=\"living\"})", MetricName.COORDINATORS),
            new Question("Do coordinators lose their lease?", "increase({0}[1h])", MetricName.LEASE_LOST),
            new Question("Which requests fail?", RATE.formatted("method, code"), MetricName.RPC),
            new Question("When does the certificate expire?", "{0}", MetricName.CERTIFICATE_EXPIRY),
            new Question("Is there a defect?", "increase({0}[1h])", MetricName.CAUGHT));

    private final Metrics metrics = Metrics.prometheus();

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
        String questions = QUESTIONS.stream()
                .map(one -> "| %s | %s |\n".formatted(one.text(), expression(one, names)))
                .collect(Collectors.joining());
        WrittenPage.hold(
                "metrics.md",
                page -> WrittenPage.withTable(
                        WrittenPage.withTable(page, "| `entente_", table.toString()), "| How many", questions));
    }

    private static String expression(Question question, Map<MetricName, String> names) {
        String text = question.expression();
        for (int i = 0; i < question.metrics().length; i++) {
            text = text.replace("{" + i + "}", names.get(question.metrics()[i]));
        }
        return question.metrics().length == 0 ? text : "`" + text + "`";
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

    private void touchAll() {
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

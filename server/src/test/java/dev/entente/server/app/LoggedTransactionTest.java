package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Duration;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.TransactionEventLog;
import dev.entente.v1.DebugTransactionRequest;
import dev.entente.v1.DebugTransactionResponse;
import dev.entente.v1.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The log of single transactions of a real coordinator with a real participant. */
class LoggedTransactionTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(TransactionEventLog.class);

    @BeforeEach
    void set() {
        lines.level(Level.INFO);
    }

    private static Plan plan(String gid) {
        return SamplePlans.json("""
            {"gid": "%s", "name": "checkout", "saga": {"steps": [
              {"id": "reserve", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/reserve"}}},
              {"id": "pay", "no_undo": true, "action": {"http": {"participant": "shop", "path": "/pay"}}}]}}
            """.formatted(gid));
    }

    @Test
    void the_setting_logs_exactly_its_transaction_also_as_JSON() throws Exception {
        try (LoopbackHttp shop = LoopbackHttp.start(_ -> Answer.of(200, "{}"));
                LocalCoordinator coordinator = LocalCoordinator.start(
                        "participants.shop.target", shop.url(), "telemetry.debug.gid", "wanted,absent")) {
            coordinator.submit(plan("other"));
            coordinator.submit(plan("wanted"));
            await().until(() -> coordinator.get("other").getTerminal()
                    && coordinator.get("wanted").getTerminal());

            assertThat(lines.reported())
                    .allMatch(line -> line.startsWith("wanted "))
                    .anyMatch(line -> line.startsWith("wanted CALL_FINISHED pay action attempt 1 succeeded after "));
            for (ILoggingEvent line : lines.events()) {
                JsonObject fields = asJson(line);
                assertThat(fields.get("formattedMessage").getAsString()).isEqualTo(line.getFormattedMessage());
                assertThat(fields.getAsJsonObject("mdc").asMap())
                        .containsEntry("gid", new JsonPrimitive("wanted"))
                        .containsKey("branch")
                        .containsEntry(
                                "traceId",
                                new JsonPrimitive(coordinator.get("wanted").getTraceId()));
            }
        }
    }

    /** Returns the line as the configuration of the jar writes the line with ENTENTE_LOG_FORMAT=json. */
    private static JsonObject asJson(ILoggingEvent line) throws JoranException {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.putProperty("ENTENTE_LOG_FORMAT", "json");
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(TransactionEventLog.class.getResource("/logback.xml")));
        var queue = (AsyncAppender) context.getLogger("ROOT").getAppender("queue");
        var output = (ConsoleAppender<ILoggingEvent>) queue.getAppender("json");
        String text = new String(output.getEncoder().encode(line), StandardCharsets.UTF_8);
        context.stop();
        assertThat(text.strip()).hasLineCount(1);
        return JsonParser.parseString(text).getAsJsonObject();
    }

    @Test
    void a_slow_transaction_logs_one_line_with_its_slow_call() throws IOException {
        CountDownLatch paid = new CountDownLatch(1);
        LoopbackHttp.Handler handler = call -> {
            if (call.path().equals("/pay")) {
                paid.await();
            }
            return Answer.of(200, "{}");
        };
        try (LoopbackHttp shop = LoopbackHttp.start(handler);
                LocalCoordinator coordinator =
                        LocalCoordinator.start("participants.shop.target", shop.url(), "telemetry.slow", "1ms")) {
            coordinator.submit(plan("slow"));
            await().until(() -> shop.arrived().size() == 2);
            paid.countDown();
            await().until(() -> !lines.reported().isEmpty());
            assertThat(lines.reported())
                    .singleElement()
                    .asString()
                    .matches("slow SUCCEEDED after .* call pay action \\d+\\.\\d{3} s \\(attempts: 1\\).*");
        }
    }

    @Test
    void an_operator_selects_a_transaction_at_all_coordinators() throws IOException {
        try (TwoCoordinators both = new TwoCoordinators(null, null)) {
            DebugTransactionRequest request = DebugTransactionRequest.newBuilder()
                    .setGid("by-request")
                    .setDuration(Duration.newBuilder().setSeconds(60))
                    .build();
            DebugTransactionResponse response = both.first.operator().debugTransaction(request);
            both.second.submit(SamplePlans.saga("by-request"));
            both.second.submit(SamplePlans.saga("not-selected"));
            await().until(() -> both.first.get("by-request").getTerminal());

            assertThatThrownBy(() -> both.first
                            .operator()
                            .debugTransaction(request.toBuilder()
                                    .setDuration(Duration.newBuilder().setSeconds(90_000))
                                    .build()))
                    .hasMessageContaining("duration: write a duration of 1s to 24h");
            assertThatThrownBy(() -> both.first
                            .operator()
                            .debugTransaction(request.toBuilder().setGid("a b").build()))
                    .hasMessageContaining("gid: write the gid");
            assertThat(response.getUnansweredList()).isEmpty();
            assertThat(lines.reported()).isNotEmpty().allMatch(line -> line.startsWith("by-request "));
            await().until(() -> both.first.number("select count(*) from audit_entry where operation = 'debug'"
                            + " and gid = 'by-request' and reason = 'for 60 s' and after = 'DONE'")
                    == 1);
        }
    }
}

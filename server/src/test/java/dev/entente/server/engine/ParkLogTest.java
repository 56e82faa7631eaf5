package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.TransactionEventLog;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ParkLogTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(ParkLog.class);

    @RegisterExtension
    private final LogLines debugLog = new LogLines(TransactionEventLog.class);

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void a_parked_transaction_is_logged_with_its_reason_and_advice() {
        fixture.submit("order-4711", "a");
        fixture.calls.remove().answer().accept(new Outcome.Misconfigured("no such\nmethod", false));
        assertThat(lines.reported())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("order-4711 is PARKED while RUNNING: TARGET_MISCONFIGURED: ")
                        .contains("no such\\u000amethod")
                        .endsWith(ParkReason.TARGET_MISCONFIGURED.advice() + "; or abort"));
    }

    @Test
    void many_parked_transactions_are_logged_as_some_lines_and_a_summary() {
        ParkLog log = new ParkLog(fixture.environment);
        for (int i = 0; i < 500; i++) {
            log.parked("g" + i, TransactionState.UNDOING, mark(ParkReason.UNDO_REFUSED), false);
        }
        log.parked("last", TransactionState.RUNNING, mark(ParkReason.BINDING_ABSENT), true);
        assertThat(lines.reported()).hasSize(ParkLog.LINES);

        fixture.pass(ParkLog.MINUTE);
        assertThat(lines.reported()).hasSize(ParkLog.LINES + 1);
        assertThat(lines.reported().getLast())
                .startsWith((501 - ParkLog.LINES) + " more")
                .contains("BINDING_ABSENT=1")
                .contains("entente tx list --parked");
    }

    @Test
    void the_line_limit_is_reset_after_a_minute() {
        ParkLog log = new ParkLog(fixture.environment);
        for (int minute = 0; minute < 3; minute++) {
            for (int i = 0; i < ParkLog.LINES; i++) {
                log.parked("g" + i, TransactionState.UNDOING, mark(ParkReason.UNDO_REFUSED), false);
            }
            fixture.pass(ParkLog.MINUTE);
        }
        assertThat(lines.reported())
                .hasSize(3 * ParkLog.LINES)
                .allMatch(line -> line.contains("is PARKED while UNDOING"));
    }

    @Test
    void each_event_of_a_transaction_is_logged_at_DEBUG_and_none_at_INFO() {
        debugLog.level(Level.INFO);
        fixture.submit("quiet", "a");
        fixture.calls.remove().succeed();
        assertThat(debugLog.reported()).isEmpty();

        debugLog.level(Level.DEBUG);
        fixture.submit("told", "a", "b");
        fixture.calls.remove().succeed();
        fixture.calls.remove().succeed();

        assertThat(debugLog.reported())
                .allMatch(line -> line.startsWith("told "))
                .anyMatch(line -> line.contains(" a action "))
                .anyMatch(line -> line.contains(" b action "))
                .anyMatch(line -> line.endsWith("now SUCCEEDED"));
    }

    private static Parked mark(ParkReason reason) {
        return new Parked(reason, "pay: no", EngineFixture.NOON.plus(Duration.ofSeconds(1)));
    }
}

package dev.entente.lab.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import org.junit.jupiter.api.Test;

final class HistoryTextTest {
    @Test
    void a_history_reads_as_lines_with_the_time_since_acceptance() {
        Transaction transaction = Transaction.newBuilder()
                .setCreateTime(Timestamps.fromMillis(1000))
                .addHistory(event(1000, "ACCEPTED"))
                .addHistory(call(1012, "charge", "action", 2, Call.Outcome.UNKNOWN, "UNAVAILABLE"))
                .addHistory(event(1020, "DECIDED")
                        .setStateAfter(Transaction.State.UNDOING)
                        .setDetail("charge: no funds"))
                .addHistory(call(1031, "reserve", "compensate", 1, Call.Outcome.OK, ""))
                .addHistory(event(1031, "ADOPTED"))
                .addHistory(event(1040, "FINISHED").setStateAfter(Transaction.State.ABORTED))
                .build();
        assertThat(HistoryText.of(transaction))
                .containsExactly(
                        "     0 ms  accepted: it is durable, and will end",
                        "    12 ms  charge       action      UNKNOWN (attempt 2): UNAVAILABLE",
                        "    20 ms  decided: from here on it is UNDOING: charge: no funds",
                        "    31 ms  reserve      compensate  OK",
                        "    31 ms  taken over after a restart",
                        "    40 ms  ABORTED");
    }

    private static HistoryEvent.Builder event(long millis, String kind) {
        return HistoryEvent.newBuilder().setTime(Timestamps.fromMillis(millis)).setKind(kind);
    }

    private static HistoryEvent.Builder call(
            long millis, String branch, String op, int attempt, Call.Outcome outcome, String detail) {
        return event(millis, "CALL_FINISHED")
                .setBranch(branch)
                .setOp(op)
                .setAttempt(attempt)
                .setOutcome(outcome)
                .setDetail(detail);
    }
}

package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attempts on record, held against calls that have left and the times at which others found no connection. */
final class AttemptJudgeTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static Plan plan() {
        Target target = new Target.Grpc("stock", "shop.v1.Stock/Reserve");
        Operation call = new Operation(target, ByteString.EMPTY, List.of(), CallPolicy.standard(Role.FORWARD));
        Branch branch = new Branch("a", null, call, null, null, List.of(), Branch.Commitment.NONE);
        return new Plan(Pattern.SAGA, "test", Map.of(), null, null, null, List.of(branch));
    }

    private static List<HistoryEvent> answered(int outcome, int times) {
        return IntStream.rangeClosed(1, times)
                .<Fact>mapToObj(number -> new Fact.Called(0, Role.FORWARD, number, outcome, new Consequence.None(), ""))
                .map(fact -> new HistoryEvent(START, TransactionState.RUNNING, fact))
                .toList();
    }

    private static List<String> found(List<HistoryEvent> history, int left, List<Instant> unreached) {
        return new AttemptJudge(plan(), (_, _) -> left, (_, _) -> unreached, PATIENCE).violations(history);
    }

    /** The times of calls without a connection, in seconds. */
    @ParameterizedTest
    @CsvSource({
        "0 15, 1",
        "0 14, 0",
        "0 11 22, 1",
        "0 7 14, 0",
        "0 15 16 31, 2",
        "0 15 30, 1",
        "0 15 16 30, 1",
        "0, 0",
        "0 60, 1"
    })
    void an_attempt_without_a_call_takes_its_whole_wait(String seconds, int most) {
        List<Instant> unreached = Stream.of(seconds.split(" "))
                .map(second -> START.plusSeconds(Long.parseLong(second)))
                .toList();

        assertThat(found(answered(Outcome.UNKNOWN, 2 + most), 2, unreached)).isEmpty();
        assertThat(found(answered(Outcome.UNKNOWN, 3 + most), 2, unreached)).hasSize(1);
    }

    @Test
    void in_progress_is_no_attempt() {
        assertThat(found(answered(Outcome.IN_PROGRESS, 5), 1, List.of())).isEmpty();
    }
}

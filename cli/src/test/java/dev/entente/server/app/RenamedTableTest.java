package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.api.wire.Errors;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.telemetry.LogLines;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever asks while a table is away is told to ask again, and not of a defect. */
class RenamedTableTest {
    @RegisterExtension
    private final LogLines incidents = new LogLines(Errors.class);

    @RegisterExtension
    private final LogLines refusals = new LogLines(QueryExecutor.class);

    private static List<String[]> questions(String target) {
        return List.of(
                new String[] {"tx", "describe", "t-1", "--target", target},
                new String[] {"tx", "describe", "t-1", "--wait", "1s", "--target", target},
                new String[] {"tx", "watch", "t-1", "--timeout", "1s", "--target", target},
                new String[] {"tx", "list", "--target", target},
                new String[] {"tx", "count", "--target", target},
                new String[] {"tx", "replay", "t-1", "--target", target},
                new String[] {"tx", "abort", "t-1", "--target", target},
                new String[] {"tx", "retry", "t-1", "--target", target},
                new String[] {"recover", "--target", target});
    }

    /** All at once, for each is repeated for a while before it is refused. */
    private static List<Cli> askAll(String target) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Cli>> asked = questions(target).stream()
                    .map(question -> CompletableFuture.supplyAsync(() -> Cli.run(question), threads))
                    .toList();
            return asked.stream().map(CompletableFuture::join).toList();
        }
    }

    @Test
    void questions_and_acts_are_refused_for_the_time_being_and_then_answered() {
        try (LocalCoordinator server = LocalCoordinator.start()) {
            String target = server.target();
            server.submit(SamplePlans.asking("t-1"));
            Awaitility.await()
                    .until(() -> Cli.run("tx", "list", "--awaiting-approval", "--target", target)
                            .out()
                            .contains("t-1"));
            server.execute("alter table open_transaction rename to away");
            assertThat(askAll(target)).allSatisfy(asked -> {
                assertThat(asked.exit()).isNotZero();
                assertThat(asked.err())
                        .contains("ENT-052")
                        .doesNotContain("ENT-099", "open_transaction", "select", "does not exist", "Exception");
            });
            assertThat(refusals.reported())
                    .anyMatch(line -> line.contains("relation \"open_transaction\" does not exist"));
            server.execute("alter table away rename to open_transaction");
            assertThat(Cli.run("tx", "describe", "t-1", "--target", target).out())
                    .contains("AWAITING_APPROVAL");
            assertThat(incidents.reported()).isEmpty();
        }
    }
}

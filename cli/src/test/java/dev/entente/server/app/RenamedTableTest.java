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

/** Tests that requests fail with a temporary error, and not with an internal error, while a table is missing. */
class RenamedTableTest {
    @RegisterExtension
    private final LogLines incidents = new LogLines(Errors.class);

    @RegisterExtension
    private final LogLines refusals = new LogLines(QueryExecutor.class);

    private static List<String[]> commands(String target) {
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

    /** Runs all commands concurrently, because each command retries for some time before it fails. */
    private static List<Cli> runAll(String target) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Cli>> runs = commands(target).stream()
                    .map(command -> CompletableFuture.supplyAsync(() -> Cli.run(command), threads))
                    .toList();
            return runs.stream().map(CompletableFuture::join).toList();
        }
    }

    @Test
    void commands_fail_with_a_temporary_error_until_the_table_is_available_again() {
        try (LocalCoordinator server = LocalCoordinator.start()) {
            String target = server.target();
            server.submit(SamplePlans.asking("t-1"));
            Awaitility.await()
                    .until(() -> Cli.run("tx", "list", "--awaiting-approval", "--target", target)
                            .out()
                            .contains("t-1"));
            server.execute("alter table open_transaction rename to away");
            assertThat(runAll(target)).allSatisfy(answer -> {
                assertThat(answer.exit()).isNotZero();
                assertThat(answer.err())
                        .contains("ENT-052")
                        .doesNotContain("ENT-099", "open_transaction", "select", "does not exist", "Exception");
            });
            assertThat(refusals.reported())
                    .anyMatch(line -> line.contains("relation \"open_transaction\" does not exist"));
            server.execute("alter table away rename to open_transaction");
            assertThat(Cli.run("tx", "describe", "t-1", "--target", target).out())
                    .contains("AWAITING_APPROVAL");
            assertThat(runAll(target))
                    .allSatisfy(answer -> assertThat(answer.err()).doesNotContain("ENT-052"));
            assertThat(incidents.reported()).isEmpty();
        }
    }
}

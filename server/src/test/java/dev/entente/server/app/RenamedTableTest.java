package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Whoever asks while a table is away is told to ask again, and not of a defect. */
class RenamedTableTest {
    private static final String PLAN = """
        {"gid":"t-1","name":"order","saga":{"steps":[{"id":"manager","approval":{"prompt":"?","within":"86400s"}}]}}\
        """;
    private final Logger errors = (Logger) LoggerFactory.getLogger("dev.entente.server.api.wire.Errors");
    private final ListAppender<ILoggingEvent> incidents = new ListAppender<>();
    private final Logger store = (Logger) LoggerFactory.getLogger("dev.entente.server.store.Questions");
    private final ListAppender<ILoggingEvent> refusals = new ListAppender<>();

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
        incidents.start();
        errors.addAppender(incidents);
        refusals.start();
        store.addAppender(refusals);
        store.setAdditive(false);
        store.setLevel(Level.WARN);
        DatabaseSettings database = TestDatabase.withSchema();
        Map<String, String> settings = LocalServer.settings(database, "a");
        settings.put("database.migrate", "true");
        Server server = LocalServer.start(settings);
        try {
            String target = server.ready().grpc();
            assertThat(Cli.fed(PLAN, "tx", "submit", "-f", "-", "--target", target)
                            .exit())
                    .isZero();
            Awaitility.await()
                    .until(() -> Cli.run("tx", "list", "--awaiting-approval", "--target", target)
                            .out()
                            .contains("t-1"));
            TestDatabase.execute(database.jdbcUrl(), "alter table open_transaction rename to away");
            assertThat(askAll(target)).allSatisfy(asked -> {
                assertThat(asked.exit()).isNotZero();
                assertThat(asked.err())
                        .contains("ENT-052")
                        .doesNotContain("ENT-099", "open_transaction", "select", "does not exist", "Exception");
            });
            assertThat(refusals.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains("relation \"open_transaction\" does not exist"));
            TestDatabase.execute(database.jdbcUrl(), "alter table away rename to open_transaction");
            assertThat(Cli.run("tx", "describe", "t-1", "--target", target).out())
                    .contains("AWAITING_APPROVAL");
            assertThat(incidents.list).isEmpty();
        } finally {
            server.drain();
            errors.detachAppender(incidents);
            store.detachAppender(refusals);
            store.setAdditive(true);
            store.setLevel(null);
        }
    }
}

package dev.entente.participant.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeResponse;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.participant.Barrier;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.TestDatabase;
import dev.entente.participant.stream.ParticipantStream;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Participants wired wrongly: none debits twice in silence, and each says what is wrong. */
class MiswiringTest {
    private static final FreezeResponse NOTHING = FreezeResponse.getDefaultInstance();

    private final DataSource database = TestDatabase.schema("miswiring");
    private final Barrier barrier = Barrier.postgres();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.entente.participant");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void createTables() throws SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table debit (cents int)");
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
        threads.shutdownNow();
    }

    private FreezeResponse debit() throws SQLException {
        return barrier.run(database, NOTHING, DebitService::debit);
    }

    private int debits() throws SQLException {
        return Integer.parseInt(TestDatabase.text(database, "select count(*) from debit"));
    }

    private void assertSaid(String what) {
        assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage).anyMatch(line -> line.contains(what));
    }

    @Test
    void no_interceptor() throws Exception {
        DebitService service = new DebitService(this::debit);
        try (DebitServer server =
                DebitServer.start(builder -> builder.executor(threads).addService(service))) {
            assertThat(server.unary("order-1").isOk()).isFalse();
            assertThat(server.unary("order-1").isOk()).isFalse();
        }
        assertThat(debits()).isZero();
        assertSaid("ENT-095");
    }

    @Test
    void a_stream_without_the_interceptor_that_the_server_has() throws Exception {
        DebitService service = new DebitService(this::debit);
        try (DebitServer server = DebitServer.start(builder -> builder.executor(threads)
                .addService(service)
                .addService(
                        ParticipantStream.builder(threads).addService(service).build())
                .intercept(new BranchInterceptor()))) {
            assertThat(server.unary("order-1").isOk()).isTrue();
            for (int call = 1; call <= 3; call++) {
                assertThat(server.streamed("order-1").text()).contains("ENT-095", "ParticipantWiring");
            }
        }
        assertThat(debits()).isEqualTo(1);
    }

    @Test
    void a_hop_to_another_thread_without_the_call() throws Exception {
        ExecutorService workers = Executors.newSingleThreadExecutor();
        ParticipantWiring wiring = ParticipantWiring.of(threads).service(new DebitService(() -> hopped(workers)));
        try (DebitServer server = DebitServer.start(wiring::on)) {
            for (int call = 1; call <= 2; call++) {
                assertThat(server.unary("order-1").text()).contains("ENT-095", "CallContext");
                assertThat(server.streamed("order-1").text()).contains("ENT-095", "CallContext");
            }
        }
        workers.shutdown();
        assertThat(debits()).isZero();
    }

    private FreezeResponse hopped(ExecutorService workers) throws Exception {
        try {
            return CompletableFuture.supplyAsync(() -> "work", workers)
                    .thenCompose(work -> CompletableFuture.supplyAsync(() -> "more work", workers))
                    .thenCombine(
                            CompletableFuture.supplyAsync(() -> joined(this::debit), workers),
                            (work, response) -> response)
                    .get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
    }

    private static FreezeResponse joined(DebitService.Handler handler) {
        try {
            return handler.run();
        } catch (RuntimeException thrown) {
            throw thrown;
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Test
    void a_listener_of_a_queue_that_is_retried() throws Exception {
        for (int delivery = 1; delivery <= 3; delivery++) {
            assertThat(caught(this::debit)).contains("ENT-095", "barrier.run(branch, …)");
        }
        assertThat(debits()).isZero();
    }

    private static String caught(DebitService.Handler handler) {
        try {
            return "nothing was wrong with " + handler.run();
        } catch (Exception said) {
            return String.valueOf(said.getMessage());
        }
    }
}

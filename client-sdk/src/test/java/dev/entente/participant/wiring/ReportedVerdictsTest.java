package dev.entente.participant.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeResponse;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.participant.BranchException;
import dev.entente.participant.Rejection;
import dev.entente.participant.wiring.DebitServer.Reported;
import io.grpc.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Verdicts from exceptions, as coordinators and the process's log get them, in unary and streamed calls. */
class ReportedVerdictsTest {
    private static final int REJECTED = Status.Code.FAILED_PRECONDITION.value();

    private final ExecutorService threads = Executors.newSingleThreadExecutor();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.entente.participant.CallLog");
    private final Level usual = logger.getLevel();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    private static final class SoldOut extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @BeforeEach
    void listen() {
        lines.list = new CopyOnWriteArrayList<>();
        lines.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.setLevel(usual);
        logger.detachAppender(lines);
        threads.shutdownNow();
    }

    private static Optional<BranchException> verdict(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof SoldOut) {
                return Optional.of(new Rejection("SOLD_OUT", each.getMessage()));
            }
        }
        return Optional.empty();
    }

    private DebitServer serving(DebitService.Handler handler) throws Exception {
        return DebitServer.start(ParticipantWiring.of(threads)
                .service(new DebitService(handler))
                .recognizing(ReportedVerdictsTest::verdict)::on);
    }

    @Test
    void a_recognized_application_exception_is_a_rejection_for_coordinators_only() throws Exception {
        // a checked exception goes to onError, as the cause of a status
        for (Supplier<Exception> failure : List.<Supplier<Exception>>of(
                SoldOut::new, () -> new IllegalStateException(new SoldOut()), () -> new Exception(new SoldOut()))) {
            try (DebitServer server = serving(() -> {
                throw failure.get();
            })) {
                assertThat(server.unary("order-1")).isEqualTo(new Reported(REJECTED, "SOLD_OUT"));
                assertThat(server.streamed("order-1")).isEqualTo(new Reported(REJECTED, "SOLD_OUT"));
                assertThat(server.byHand().code()).isNotEqualTo(REJECTED);
            }
        }
    }

    @Test
    void each_rejection_logs_one_line_and_other_failures_log_nothing() throws Exception {
        try (DebitServer server = serving(() -> {
            throw new Rejection("NO_MONEY", "alice\nis broke").asStatus();
        })) {
            server.unary("order-1");
            server.streamed("order-2");
            server.byHand();
        }
        try (DebitServer server = serving(() -> {
            throw new IllegalStateException("a disk is full");
        })) {
            server.unary("order-3");
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "order-1/debit/try attempt 1 has the response REJECTED: NO_MONEY: alice is broke",
                        "order-2/debit/try attempt 1 has the response REJECTED: NO_MONEY: alice is broke");
        assertThat(lines.list).allSatisfy(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.INFO);
            assertThat(line.getMDCPropertyMap()).containsKey("entente.gid").containsEntry("entente.branch", "debit");
        });
    }

    @Test
    void gid_and_branch_are_in_the_mdc_only_while_a_handler_runs() throws Exception {
        CopyOnWriteArrayList<Map<String, String>> seen = new CopyOnWriteArrayList<>();
        threads.submit(() -> MDC.put("entente.gid", "of the thread")).get();
        try (DebitServer server = serving(() -> {
            seen.add(Map.copyOf(MDC.getCopyOfContextMap()));
            return FreezeResponse.getDefaultInstance();
        })) {
            server.unary("order-1");
            server.streamed("order-2");
            server.byHand();
            seen.add(threads.submit(() -> Map.copyOf(MDC.getCopyOfContextMap())).get());
        }
        assertThat(seen)
                .containsExactly(
                        Map.of("entente.gid", "order-1", "entente.branch", "debit"),
                        Map.of("entente.gid", "order-2", "entente.branch", "debit"),
                        Map.of("entente.gid", "of the thread"),
                        Map.of("entente.gid", "of the thread"));
    }
}

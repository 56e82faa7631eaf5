package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The way of a coordinator's doubts about a plan. */
class PlanWarningsTest extends CoordinatorFixture {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(PlanWarnings.class);

    PlanWarningsTest() throws IOException {}

    @BeforeEach
    void listen() {
        coordinator.warnings.add("ENT-021: plan.saga.steps[0]: it cannot be undone");
        logger.setAdditive(false);
        logger.setLevel(Level.WARN);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setLevel(Level.OFF);
        logger.setAdditive(true);
    }

    private Saga saga(String name) {
        return entente.saga(name).gid(name + "-" + coordinator.submits.size());
    }

    @Test
    void they_are_in_the_log_whichever_way_a_plan_was_submitted() {
        saga("by-submit").submit();
        saga("by-wait").submitAndWait(Duration.ZERO);
        saga("by-future").submitAsync().join();

        assertThat(log.list)
                .allMatch(event -> event.getLevel() == Level.WARN)
                .extracting(ILoggingEvent::getFormattedMessage)
                .hasSize(3)
                .allMatch(line -> line.contains("ENT-021: plan.saga.steps[0]: it cannot be undone"))
                .anyMatch(line -> line.contains("'by-submit'"))
                .anyMatch(line -> line.contains("'by-wait'"))
                .anyMatch(line -> line.contains("'by-future'"));
    }

    @Test
    void each_is_logged_once_for_a_name_and_given_with_each_answer() {
        for (int i = 0; i < 3; i++) {
            assertThat(saga("checkout").submit().warnings()).hasSize(1);
        }

        assertThat(log.list).hasSize(1);
    }

    @Test
    void doubts_that_differ_from_plan_to_plan_do_not_fill_the_log() {
        for (int i = 0; i < 1000; i++) {
            saga("checkout-" + i).submit();
        }

        assertThat(log.list).hasSize(256);
    }

    @Test
    void a_wait_inside_of_a_transaction_is_warned_of_once_for_a_name() {
        coordinator.warnings.clear();
        TransactionSynchronizationManager.setActualTransactionActive(true);
        try {
            saga("checkout").submitAndWait(Duration.ZERO);
            saga("checkout").submitAndWait(Duration.ZERO);
            saga("refund").submit();
            saga("refund").submitAndWaitAsync(Duration.ZERO).join();
        } finally {
            TransactionSynchronizationManager.setActualTransactionActive(false);
        }
        saga("refund").submitAndWait(Duration.ZERO);

        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains("'checkout'", "inside of a transaction", "OutboxMessage.toCoordinator");
    }

    @Test
    void a_check_of_a_plan_logs_nothing() {
        assertThat(saga("checkout").validate()).hasSize(1);

        assertThat(log.list).isEmpty();
    }
}

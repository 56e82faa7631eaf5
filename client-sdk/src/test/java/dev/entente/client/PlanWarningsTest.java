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

/** The logging of a coordinator's warnings about a plan. */
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
    void warnings_are_logged_for_every_submit_method() {
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
    void a_warning_is_logged_once_per_plan_name_and_returned_with_each_answer() {
        for (int i = 0; i < 3; i++) {
            assertThat(saga("checkout").submit().warnings()).hasSize(1);
        }

        assertThat(log.list).hasSize(1);
    }

    @Test
    void the_number_of_logged_warnings_is_limited() {
        for (int i = 0; i < 1000; i++) {
            saga("checkout-" + i).submit();
        }

        assertThat(log.list).hasSize(256);
    }

    @Test
    void a_wait_inside_a_transaction_logs_one_warning_per_plan_name() {
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
                .contains("'checkout'", "inside a Spring transaction", "OutboxMessage.toCoordinator");
    }

    @Test
    void validating_a_plan_logs_nothing() {
        assertThat(saga("checkout").validate()).hasSize(1);

        assertThat(log.list).isEmpty();
    }
}

package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PostgresServer;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutboxRelay;
import dev.entente.spring.TransactionalOutbox;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** Tests the diagnosis of enqueued transactions that never reach the test's coordinator. */
@SpringBootTest(
        classes = OutboxDiagnosisIT.Application.class,
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = "entente.outbox.create-tables=true")
@EntenteTest
final class OutboxDiagnosisIT {
    @Autowired
    private Entente entente;

    @Autowired
    private TestCoordinator coordinator;

    @Autowired
    private TransactionalOutbox outbox;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private PlatformTransactionManager manager;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        String url = PostgresServer.start().url("postgres");
        properties.add("spring.datasource.url", () -> url);
    }

    private OutboxMessage order(String gid, String participant) {
        Saga saga = entente.saga("order").gid(gid);
        saga.step("pay", entente.participant(participant).post("/payments").body(new byte[0]))
                .nothingToUndo();
        return OutboxMessage.toCoordinator(saga);
    }

    private void enqueue(String gid, String participant) {
        new TransactionTemplate(manager).executeWithoutResult(begun -> outbox.enqueue(order(gid, participant)));
    }

    private void assertReported(String gid, String why) {
        assertThatThrownBy(() -> coordinator.await(gid).isSucceeded())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("'" + gid + "' did not become SUCCEEDED")
                .hasMessageContaining(why);
    }

    @Test
    @Transactional
    void an_uncommitted_transaction_of_the_test_is_reported() {
        outbox.enqueue(order("uncommitted", "bank"));

        assertReported("uncommitted", "only in this test's transaction, which is not committed");
    }

    @Test
    void a_parked_message_is_reported_with_its_error() {
        enqueue("parked", "0:");
        try (OutboxRelay relay =
                OutboxRelay.from(dataSource).deliverThrough(entente).start()) {
            relay.wake();
            assertReported("parked", "its message is parked in the outbox: ENT-014");
        }
    }

    @Test
    void a_message_delivered_to_another_coordinator_is_reported() {
        try (TestCoordinator other =
                        new TestCoordinator(CoordinatorProgram.start(false), new Faults(Assertions::fail), () -> null);
                Entente elsewhere = Entente.builder(other.target()).build();
                OutboxRelay relay =
                        OutboxRelay.from(dataSource).deliverThrough(elsewhere).start()) {
            enqueue("elsewhere", "bank");
            relay.wake();
            assertReported("elsewhere", "delivered, but not to this test's coordinator");
        }
    }

    @Test
    void a_waiting_or_unknown_message_is_not_a_final_finding() {
        OutboxDiagnosis diagnosis = new OutboxDiagnosis(dataSource);
        enqueue("unattended", "bank");
        assertThat(diagnosis.at("unattended").text())
                .contains("no relay has tried it; entente.outbox.relay.enabled=true");
        assertThat(diagnosis.at("unattended").isFinal()).isFalse();
        new TransactionTemplate(manager).executeWithoutResult(begun -> {
            outbox.enqueue(order("waiting", "bank"));
            assertThat(diagnosis.at("waiting").isFinal()).isTrue();
            begun.setRollbackOnly();
        });

        assertThat(diagnosis.at("waiting"))
                .isEqualTo(new OutboxDiagnosis.Finding(
                        "the outbox has no message with this id, and never had one", false));
    }
}

package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.client.Entente;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import dev.entente.spring.OrdersApplication.Application;
import dev.entente.spring.OrdersApplication.Library;
import dev.entente.spring.OrdersApplication.Orders;
import dev.entente.spring.OrdersApplication.OutOfStock;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.support.TransactionTemplate;

/** Tests outbox, inbox and barrier in one transaction with each database library of an application. */
@ExtendWith(OutputCaptureExtension.class)
final class JoinedTransactionTest {
    private static ConfigurableApplicationContext context;
    private static Orders orders;
    private static JdbcClient jdbc;

    @BeforeAll
    static void start() {
        context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "entente.target=127.0.0.1:9",
                        "entente.barrier.create-table=true",
                        "entente.outbox.create-tables=true")
                .run();
        jdbc = context.getBean(JdbcClient.class);
        jdbc.sql("create table placed (id text primary key)").update();
        orders = context.getBean(Orders.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    @BeforeEach
    void clear() {
        Stream.of("placed", "entente_outbox", "entente_barrier", "entente_inbox")
                .forEach(table -> jdbc.sql("delete from " + table).update());
    }

    private static long count(String table) {
        return jdbc.sql("select count(*) from " + table).query(Long.class).single();
    }

    private static Branch branch(String gid, BranchOp op) {
        return Branch.of(gid, "place", op).withFence(1, 1);
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_message_is_committed_with_its_order(Library library) {
        orders.place(library, "o-1", id -> {});

        assertThat(count("placed")).isEqualTo(1);
        assertThat(count("entente_outbox")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_message_is_rolled_back_with_its_order(Library library) {
        assertThatThrownBy(() -> orders.place(library, "o-1", id -> {
                    throw new IllegalStateException("no");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(count("placed")).isZero();
        assertThat(count("entente_outbox")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_message_is_taken_once(Library library) {
        assertThat(orders.taken(library, "m-1")).isTrue();
        assertThat(orders.taken(library, "m-1")).isFalse();
        assertThat(count("placed")).isEqualTo(1);
    }

    /** After the failure, a session such as JPA's still holds the body's changes and has lost earlier writes. */
    @ParameterizedTest
    @EnumSource(Library.class)
    void a_transaction_with_a_failed_body_is_rolled_back_even_if_the_caller_goes_on(Library library) {
        assertThatThrownBy(() -> orders.continuesAfterAFailedBody(library, "m-2"))
                .hasMessageContaining("message 'm-2' failed")
                .hasRootCauseMessage("no");
        assertThat(count("placed")).isZero();
        assertThat(orders.taken(library, "m-2")).isTrue();
    }

    @Test
    void a_rolled_back_nested_transaction_discards_the_failure_of_its_body() {
        JdbcTransactionManager manager = new JdbcTransactionManager(context.getBean(DataSource.class));
        OpenTransaction.watch(manager);
        TransactionTemplate outer = new TransactionTemplate(manager);
        TransactionTemplate nested = new TransactionTemplate(manager);
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

        outer.executeWithoutResult(status -> nested.executeWithoutResult(inner -> {
            orders.takesAndFails(Library.JDBC_CLIENT, "m-3");
            inner.setRollbackOnly();
        }));
        assertThatThrownBy(() -> outer.executeWithoutResult(status -> {
                    orders.takesAndFails(Library.JDBC_CLIENT, "m-3");
                    nested.executeWithoutResult(TransactionExecution::setRollbackOnly);
                }))
                .hasMessageContaining("message 'm-3' failed");
        assertThat(count("placed")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_repeated_call_runs_once_and_gets_the_first_response(Library library) throws Exception {
        Branch action = branch("g-1", BranchOp.ACTION);

        assertThat(action.call(() -> orders.called(library, "o-1", null))).isEqualTo("placed o-1");
        assertThat(action.call(() -> orders.calledInside(library, "o-1", null))).isEqualTo("placed o-1");
        assertThat(count("placed")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_rejection_rolls_back_and_is_repeated(Library library) {
        Branch action = branch("g-2", BranchOp.ACTION);

        for (RuntimeException failure : List.of(new OutOfStock(), new IllegalStateException("never reached"))) {
            assertThatThrownBy(() -> action.call(() -> orders.calledInside(library, "o-2", failure)))
                    .isInstanceOfSatisfying(Rejection.class, rejection -> {
                        assertThat(rejection.code()).isEqualTo("OUT_OF_STOCK");
                        Barrier.settle(rejection); // as the interceptor and the filter do before the response
                    });
        }
        assertThat(count("placed")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_rejection_rolls_back_even_if_its_caller_goes_on(Library library) {
        assertThatThrownBy(() -> branch("g-5", BranchOp.ACTION).call(() -> {
                    orders.continuesAfterARejection(library, "o-5");
                    return "";
                }))
                .hasMessageContaining("a barrier failed in it")
                .hasCauseInstanceOf(Rejection.class);
        assertThat(count("placed")).isZero();
        assertThat(count("entente_barrier")).isZero();
    }

    @Test
    void any_other_exception_is_not_stored_as_a_verdict() throws Exception {
        Branch action = branch("g-3", BranchOp.ACTION);
        IllegalStateException broken = new IllegalStateException("a disk is full");

        assertThatThrownBy(() -> action.call(() -> orders.called(Library.JPA, "o-3", broken)))
                .isSameAs(broken);
        assertThat(action.call(() -> orders.called(Library.JPA, "o-3", null))).isEqualTo("placed o-3");
    }

    @Test
    void an_empty_compensation_refuses_the_late_action() throws Exception {
        assertThat(branch("g-4", BranchOp.COMPENSATE).call(() -> orders.called(Library.JPA, "o-4", null)))
                .isEmpty();
        assertThatThrownBy(() -> branch("g-4", BranchOp.ACTION).call(() -> orders.called(Library.JPA, "o-4", null)))
                .isInstanceOf(Rejection.class);
        assertThat(count("placed")).isZero();
    }

    @Test
    void the_barrier_refuses_a_use_outside_a_call() {
        assertThatThrownBy(() -> orders.called(Library.JPA, "o-5", null)).hasMessageContaining("ENT-095");
        assertThat(count("placed")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void run_and_once_throw_a_constraint_violation(Library library) {
        orders.place(Library.JDBC_CLIENT, "o-6", id -> {});
        TransactionTemplate outer = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
        TransactionalInbox inbox = context.getBean(TransactionalInbox.class);

        outer.executeWithoutResult(status -> {
            assertThatThrownBy(() -> branch("g-6", BranchOp.ACTION).call(() -> orders.called(library, "o-6", null)))
                    .isInstanceOf(DataAccessException.class);
            status.setRollbackOnly();
        });
        outer.executeWithoutResult(status -> {
            assertThatThrownBy(() -> inbox.once("m-6", () -> orders.insert(library, "o-6")))
                    .isInstanceOf(DataAccessException.class);
            status.setRollbackOnly();
        });
        assertThat(count("entente_barrier")).as("verdicts").isZero();
        assertThat(count("entente_inbox")).as("messages").isZero();
    }

    @ParameterizedTest
    @EnumSource(Library.class)
    void a_body_with_delayed_writes_is_not_reported_as_without_changes(Library library, CapturedOutput output) {
        Barrier barrier = Barrier.postgres(); // a new barrier that has not checked a body yet
        DataSource database = context.getBean(DataSource.class);
        PlatformTransactionManager manager = context.getBean(PlatformTransactionManager.class);
        TransactionalBarrier watched = new TransactionalBarrier(barrier, database, manager, ObservationRegistry.NOOP);

        assertThatCode(() -> branch("g-7", BranchOp.ACTION).call(() -> {
                    watched.run(() -> orders.insert(library, "o-7"));
                    return "";
                }))
                .doesNotThrowAnyException();
        assertThat(count("placed")).isEqualTo(1);
        assertThat(output).doesNotContain("changed nothing");
    }

    @Test
    void outbox_and_inbox_are_refused_with_advice_outside_a_transaction() {
        TransactionalOutbox outbox = context.getBean(TransactionalOutbox.class);
        assertThatThrownBy(() -> outbox.enqueue(OutboxMessage.toKafka("orders", new byte[0])))
                .isInstanceOf(IllegalTransactionStateException.class)
                .hasMessageContaining("ENT-090")
                .hasMessageContaining("@Transactional");
        TransactionalInbox inbox = context.getBean(TransactionalInbox.class);
        assertThatThrownBy(() -> inbox.once("m", () -> {})).hasMessageContaining("ENT-090");
    }

    @Test
    void run_and_submit_inside_a_transaction_is_refused_with_advice() {
        Entente entente = context.getBean(Entente.class);
        assertThatThrownBy(() -> orders.sendsItsMessage(entente, context.getBean(DataSource.class)))
                .hasMessageContaining("ENT-096")
                .hasMessageContaining("outbox");
    }

    @Test
    void an_application_has_one_barrier_and_one_transaction_manager() {
        assertThat(context.getBeansOfType(Barrier.class)).hasSize(1);
        assertThat(context.getBeansOfType(PlatformTransactionManager.class)).hasSize(1);
        assertThat(context.getBeansOfType(ObservationRegistry.class)).hasSizeLessThan(2);
    }
}

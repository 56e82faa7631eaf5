package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.entente.client.Entente;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import io.micrometer.observation.ObservationRegistry;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mybatis.spring.SqlSessionFactoryBean;
import org.mybatis.spring.mapper.MapperFactoryBean;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** Outbox, inbox and barrier in one transaction with whatever an application works with. */
final class JoinedTransactionTest {
    private static ConfigurableApplicationContext context;
    private static Orders orders;
    private static JdbcClient jdbc;

    /** The ways to write an order. */
    enum Way {
        JDBC_CLIENT,
        JPA,
        JOOQ,
        MYBATIS
    }

    @Entity(name = "Placed")
    @Table(name = "placed")
    static class Placed {
        @Id
        private String id = "";

        protected Placed() {}

        Placed(String id) {
            this.id = id;
        }

        String id() {
            return id;
        }
    }

    interface PlacedMapper {
        @Insert("insert into placed (id) values (#{id})")
        void insert(@Param("id") String id);
    }

    @RejectedAs("OUT_OF_STOCK")
    static class OutOfStock extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfStock() {
            super("no chair is left");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Orders.class)
    static class Application {
        @Bean
        SqlSessionFactoryBean sessions(DataSource dataSource) {
            SqlSessionFactoryBean sessions = new SqlSessionFactoryBean();
            sessions.setDataSource(dataSource);
            return sessions;
        }

        @Bean
        MapperFactoryBean<PlacedMapper> placed(org.apache.ibatis.session.SqlSessionFactory sessions) {
            sessions.getConfiguration().addMapper(PlacedMapper.class);
            MapperFactoryBean<PlacedMapper> mapper = new MapperFactoryBean<>(PlacedMapper.class);
            mapper.setSqlSessionFactory(sessions);
            return mapper;
        }
    }

    static class Orders {
        private final EntityManager jpa;
        private final JdbcClient jdbc;
        private final DSLContext jooq;
        private final PlacedMapper mybatis;
        private final TransactionalOutbox outbox;
        private final TransactionalInbox inbox;
        private final TransactionalBarrier barrier;

        Orders(
                EntityManager jpa,
                JdbcClient jdbc,
                DSLContext jooq,
                PlacedMapper mybatis,
                TransactionalOutbox outbox,
                TransactionalInbox inbox,
                TransactionalBarrier barrier) {
            this.jpa = jpa;
            this.jdbc = jdbc;
            this.jooq = jooq;
            this.mybatis = mybatis;
            this.outbox = outbox;
            this.inbox = inbox;
            this.barrier = barrier;
        }

        private void insert(Way way, String id) {
            switch (way) {
                case JDBC_CLIENT ->
                    jdbc.sql("insert into placed (id) values (?)").param(id).update();
                case JPA -> jpa.persist(new Placed(id));
                case JOOQ -> jooq.execute("insert into placed (id) values (?)", id);
                case MYBATIS -> mybatis.insert(id);
            }
        }

        @Transactional
        public void place(Way way, String id, Consumer<String> then) {
            insert(way, id);
            outbox.enqueue(OutboxMessage.toKafka("orders", id.getBytes(StandardCharsets.UTF_8))
                    .id(id));
            then.accept(id);
        }

        @Transactional
        public boolean taken(Way way, String id) {
            return inbox.consumer("points").once(id, () -> insert(way, id));
        }

        @Transactional
        public void goesOnAfterABodyThatFailed(Way way, String id) {
            insert(way, "before " + id);
            takesInVain(way, id);
            insert(way, "after " + id);
        }

        public void takesInVain(Way way, String id) {
            try {
                inbox.once(id, () -> {
                    insert(way, id);
                    jdbc.sql("select count(*) from placed").query(Long.class).single();
                    throw new IllegalStateException("no");
                });
            } catch (IllegalStateException caught) {
                assertThat(caught).hasMessage("no");
            }
        }

        /** Runs in the transaction that the barrier begins. */
        String called(Way way, String id, @Nullable RuntimeException failure) {
            return barrier.run(StringValue.getDefaultInstance(), () -> {
                        insert(way, id);
                        if (failure != null) {
                            throw failure;
                        }
                        return StringValue.of("placed " + id);
                    })
                    .getValue();
        }

        @Transactional
        public String calledInside(Way way, String id, @Nullable RuntimeException failure) {
            return called(way, id, failure);
        }

        @Transactional
        public void goesOnAfterARejection(Way way, String id) {
            insert(way, "before " + id);
            assertThatThrownBy(() -> called(way, id, new OutOfStock())).isInstanceOf(Rejection.class);
        }

        @Transactional
        public void sendsItsMessage(Entente entente, DataSource dataSource) throws Exception {
            entente.message("order")
                    .to(entente.participant("p").post("/x"))
                    .checkBack(entente.participant("p"), Duration.ofSeconds(10))
                    .runAndSubmit(dataSource, connection -> 1);
        }
    }

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
    @EnumSource(Way.class)
    void a_message_is_committed_with_what_it_tells_of(Way way) {
        orders.place(way, "o-1", id -> {});

        assertThat(count("placed")).isEqualTo(1);
        assertThat(count("entente_outbox")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void and_rolled_back_with_it(Way way) {
        assertThatThrownBy(() -> orders.place(way, "o-1", id -> {
                    throw new IllegalStateException("no");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(count("placed")).isZero();
        assertThat(count("entente_outbox")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void a_message_is_taken_once(Way way) {
        assertThat(orders.taken(way, "m-1")).isTrue();
        assertThat(orders.taken(way, "m-1")).isFalse();
        assertThat(count("placed")).isEqualTo(1);
    }

    /** A session such as JPA's still holds what the body did, and has forgotten what it wrote before. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void a_transaction_in_which_a_body_failed_is_rolled_back_whoever_goes_on(Way way) {
        assertThatThrownBy(() -> orders.goesOnAfterABodyThatFailed(way, "m-2"))
                .hasMessageContaining("message 'm-2' failed")
                .hasRootCauseMessage("no");
        assertThat(count("placed")).isZero();
        assertThat(orders.taken(way, "m-2")).isTrue();
    }

    @Test
    void a_nested_transaction_that_is_rolled_back_takes_its_failure_with_it() {
        JdbcTransactionManager manager = new JdbcTransactionManager(context.getBean(DataSource.class));
        TransactionTemplate outer = new TransactionTemplate(manager);
        TransactionTemplate nested = new TransactionTemplate(manager);
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

        outer.executeWithoutResult(status -> nested.executeWithoutResult(inner -> {
            orders.takesInVain(Way.JDBC_CLIENT, "m-3");
            inner.setRollbackOnly();
        }));
        assertThatThrownBy(() -> outer.executeWithoutResult(status -> {
                    orders.takesInVain(Way.JDBC_CLIENT, "m-3");
                    nested.executeWithoutResult(TransactionExecution::setRollbackOnly);
                }))
                .hasMessageContaining("message 'm-3' failed");
        assertThat(count("placed")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void a_call_is_done_once_and_answered_again(Way way) throws Exception {
        Branch action = branch("g-1", BranchOp.ACTION);

        assertThat(action.call(() -> orders.called(way, "o-1", null))).isEqualTo("placed o-1");
        assertThat(action.call(() -> orders.calledInside(way, "o-1", null))).isEqualTo("placed o-1");
        assertThat(count("placed")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void a_no_rolls_back_and_stays_a_no(Way way) {
        Branch action = branch("g-2", BranchOp.ACTION);

        for (RuntimeException failure : List.of(new OutOfStock(), new IllegalStateException("never reached"))) {
            assertThatThrownBy(() -> action.call(() -> orders.calledInside(way, "o-2", failure)))
                    .isInstanceOfSatisfying(Rejection.class, rejection -> {
                        assertThat(rejection.code()).isEqualTo("OUT_OF_STOCK");
                        Barrier.settle(rejection); // as the interceptor and the filter do, before the answer
                    });
        }
        assertThat(count("placed")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void a_no_rolls_back_also_where_its_caller_goes_on(Way way) {
        assertThatThrownBy(() -> branch("g-5", BranchOp.ACTION).call(() -> {
                    orders.goesOnAfterARejection(way, "o-5");
                    return "";
                }))
                .isInstanceOf(UnexpectedRollbackException.class);
        assertThat(count("placed")).isZero();
        assertThat(count("entente_barrier")).isZero();
    }

    @Test
    void any_other_exception_is_no_verdict() throws Exception {
        Branch action = branch("g-3", BranchOp.ACTION);
        IllegalStateException broken = new IllegalStateException("a disk is full");

        assertThatThrownBy(() -> action.call(() -> orders.called(Way.JPA, "o-3", broken)))
                .isSameAs(broken);
        assertThat(action.call(() -> orders.called(Way.JPA, "o-3", null))).isEqualTo("placed o-3");
    }

    @Test
    void an_undo_before_its_action_keeps_the_action_away() throws Exception {
        assertThat(branch("g-4", BranchOp.COMPENSATE).call(() -> orders.called(Way.JPA, "o-4", null)))
                .isEmpty();
        assertThatThrownBy(() -> branch("g-4", BranchOp.ACTION).call(() -> orders.called(Way.JPA, "o-4", null)))
                .isInstanceOf(Rejection.class);
        assertThat(count("placed")).isZero();
    }

    @Test
    void outside_of_every_call_the_barrier_refuses() {
        assertThatThrownBy(() -> orders.called(Way.JPA, "o-5", null)).hasMessageContaining("ENT-095");
        assertThat(count("placed")).isZero();
    }

    @Test
    void what_jpa_holds_back_fails_inside_the_barrier() throws Exception {
        orders.place(Way.JPA, "o-6", id -> {});
        Branch action = branch("g-6", BranchOp.ACTION);

        assertThatThrownBy(() -> action.call(() -> orders.called(Way.JPA, "o-6", null)))
                .isInstanceOf(RuntimeException.class)
                .isNotInstanceOf(Rejection.class);
        assertThat(count("entente_barrier")).as("no verdict is kept").isZero();
    }

    @Test
    void outside_of_a_transaction_nothing_is_enqueued_and_it_is_said_why() {
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
    void what_the_application_brings_itself_goes_before() {
        assertThat(context.getBeansOfType(Barrier.class)).hasSize(1);
        assertThat(context.getBeansOfType(PlatformTransactionManager.class)).hasSize(1);
        assertThat(context.getBeansOfType(ObservationRegistry.class)).hasSizeLessThan(2);
    }
}

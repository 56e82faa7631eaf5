package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.entente.client.Entente;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Rejection;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSessionFactory;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.mybatis.spring.SqlSessionFactoryBean;
import org.mybatis.spring.SqlSessionTemplate;
import org.mybatis.spring.mapper.MapperFactoryBean;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/** An application of orders that writes with several libraries, for tests of joined transactions. */
final class OrdersApplication {
    private OrdersApplication() {}

    /** The libraries that write an order. */
    enum Library {
        JDBC_CLIENT,
        JPA,
        JOOQ,
        MYBATIS,
        MYBATIS_BATCH
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
        MapperFactoryBean<PlacedMapper> placed(SqlSessionFactory sessions) {
            sessions.getConfiguration().addMapper(PlacedMapper.class);
            MapperFactoryBean<PlacedMapper> mapper = new MapperFactoryBean<>(PlacedMapper.class);
            mapper.setSqlSessionFactory(sessions);
            return mapper;
        }

        @Bean
        SqlSessionTemplate batches(SqlSessionFactory sessions) {
            return new SqlSessionTemplate(sessions, ExecutorType.BATCH);
        }
    }

    static class Orders {
        private final EntityManager jpa;
        private final JdbcClient jdbc;
        private final DSLContext jooq;
        private final PlacedMapper mybatis;
        private final SqlSessionTemplate batches;
        private final TransactionalOutbox outbox;
        private final TransactionalInbox inbox;
        private final TransactionalBarrier barrier;

        Orders(
                EntityManager jpa,
                JdbcClient jdbc,
                DSLContext jooq,
                PlacedMapper mybatis,
                SqlSessionTemplate batches,
                TransactionalOutbox outbox,
                TransactionalInbox inbox,
                TransactionalBarrier barrier) {
            this.jpa = jpa;
            this.jdbc = jdbc;
            this.jooq = jooq;
            this.mybatis = mybatis;
            this.batches = batches;
            this.outbox = outbox;
            this.inbox = inbox;
            this.barrier = barrier;
        }

        void insert(Library library, String id) {
            switch (library) {
                case JDBC_CLIENT ->
                    jdbc.sql("insert into placed (id) values (?)").param(id).update();
                case JPA -> jpa.persist(new Placed(id));
                case JOOQ -> jooq.execute("insert into placed (id) values (?)", id);
                case MYBATIS -> mybatis.insert(id);
                case MYBATIS_BATCH -> batches.getMapper(PlacedMapper.class).insert(id);
            }
        }

        @Transactional
        public void place(Library library, String id, Consumer<String> then) {
            insert(library, id);
            outbox.enqueue(OutboxMessage.toKafka("orders", id.getBytes(StandardCharsets.UTF_8))
                    .id(id));
            then.accept(id);
        }

        @Transactional
        public boolean taken(Library library, String id) {
            return inbox.consumer("points").once(id, () -> insert(library, id));
        }

        @Transactional
        public void continuesAfterAFailedBody(Library library, String id) {
            insert(library, "before " + id);
            takesAndFails(library, id);
            insert(library, "after " + id);
        }

        public void takesAndFails(Library library, String id) {
            try {
                inbox.once(id, () -> {
                    insert(library, id);
                    jdbc.sql("select count(*) from placed").query(Long.class).single();
                    throw new IllegalStateException("no");
                });
            } catch (IllegalStateException caught) {
                assertThat(caught).hasMessage("no");
            }
        }

        /** Runs in the transaction that the barrier begins. */
        String called(Library library, String id, @Nullable RuntimeException failure) {
            return barrier.run(StringValue.getDefaultInstance(), () -> {
                        insert(library, id);
                        if (failure != null) {
                            throw failure;
                        }
                        return StringValue.of("placed " + id);
                    })
                    .getValue();
        }

        @Transactional
        public String calledInside(Library library, String id, @Nullable RuntimeException failure) {
            return called(library, id, failure);
        }

        @Transactional
        public void continuesAfterARejection(Library library, String id) {
            insert(library, "before " + id);
            assertThatThrownBy(() -> called(library, id, new OutOfStock())).isInstanceOf(Rejection.class);
        }

        @Transactional
        public void sendsItsMessage(Entente entente, DataSource dataSource) throws Exception {
            entente.message("order")
                    .to(entente.participant("p").post("/x"))
                    .checkBack(entente.participant("p"), Duration.ofSeconds(10))
                    .runAndSubmit(dataSource, connection -> 1);
        }
    }
}

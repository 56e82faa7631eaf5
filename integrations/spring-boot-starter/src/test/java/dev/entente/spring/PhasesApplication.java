package dev.entente.spring;

import javax.sql.DataSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** Applications with different transaction managers that run work in a phase of a transaction. */
final class PhasesApplication {
    private PhasesApplication() {}

    /** The transaction managers of an application. */
    enum Managers {
        JDBC(Jdbc.class),
        JPA(Jpa.class),
        KAFKA_BESIDE(Beside.class),
        KAFKA_BESIDE_JPA(BesideJpa.class);

        private final Class<?> application;

        Managers(Class<?> application) {
            this.application = application;
        }

        ConfigurableApplicationContext start(boolean autoCommit) {
            return new SpringApplicationBuilder(application)
                    .web(WebApplicationType.NONE)
                    .properties(
                            "spring.datasource.url=" + TestDatabase.url(),
                            "spring.datasource.hikari.auto-commit=" + autoCommit,
                            "spring.jpa.hibernate.ddl-auto=none",
                            "entente.barrier.create-table=true",
                            "entente.outbox.create-tables=true",
                            "entente.idempotency.create-table=true")
                    .run();
        }
    }

    record Event(TransactionPhase phase, Runnable work) {}

    static class Listeners {
        @TransactionalEventListener(phase = TransactionPhase.BEFORE_COMMIT)
        public void beforeCommit(Event event) {
            run(TransactionPhase.BEFORE_COMMIT, event);
        }

        @TransactionalEventListener
        public void afterCommit(Event event) {
            run(TransactionPhase.AFTER_COMMIT, event);
        }

        @TransactionalEventListener(phase = TransactionPhase.AFTER_COMPLETION)
        public void afterCompletion(Event event) {
            run(TransactionPhase.AFTER_COMPLETION, event);
        }

        @TransactionalEventListener(phase = TransactionPhase.AFTER_ROLLBACK)
        public void afterRollback(Event event) {
            run(TransactionPhase.AFTER_ROLLBACK, event);
        }

        private static void run(TransactionPhase phase, Event event) {
            if (event.phase() == phase) {
                event.work().run();
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = JooqAutoConfiguration.class)
    @Import(Listeners.class)
    static class Jpa {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            exclude = {
                JooqAutoConfiguration.class,
                HibernateJpaAutoConfiguration.class,
                DataJpaRepositoriesAutoConfiguration.class
            })
    @Import(Listeners.class)
    static class Jdbc {}

    @Configuration(proxyBeanMethods = false)
    @Import(Jdbc.class)
    static class Beside {
        @Bean
        PlatformTransactionManager kafka() {
            return new Foreign();
        }

        @Bean
        JdbcTransactionManager transactionManager(DataSource dataSource) {
            return new JdbcTransactionManager(dataSource);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Jpa.class)
    static class BesideJpa {
        @Bean
        PlatformTransactionManager kafka() {
            return new Foreign();
        }

        @Bean
        JpaTransactionManager transactionManager() {
            return new JpaTransactionManager();
        }
    }

    /** A transaction manager of another resource, like those of Kafka and JMS. */
    static final class Foreign extends AbstractPlatformTransactionManager {
        private static final long serialVersionUID = 1;

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {}

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }
}

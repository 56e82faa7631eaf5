package dev.entente.spring;

import dev.entente.jdbc.Dialect;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import dev.entente.trace.Tracing;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Barrier, outbox and inbox on the application's data source, PostgreSQL or MariaDB. Each is created on first use, so
 * that an application with another database starts as long as it uses none.
 */
@AutoConfiguration(
        after = {EntenteAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class},
        afterName = "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration")
@ConditionalOnClass(DataSourceUtils.class)
@ConditionalOnSingleCandidate(DataSource.class)
public class EntenteJdbcAutoConfiguration {
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    Barrier ententeBarrier(DataSource dataSource, EntenteProperties properties, Environment environment) {
        Barrier barrier = Databases.dialect(dataSource, properties, environment) == Dialect.MARIADB
                ? Barrier.mariadb()
                : Barrier.postgres();
        return WrongSetup.check("entente.barrier", () -> configured(barrier, properties.barrier()))
                .withRejectionsStoredIn(dataSource);
    }

    private static Barrier configured(Barrier barrier, EntenteProperties.Tables settings) {
        PropertyMapper given = PropertyMapper.get();
        Barrier kept = given.from(settings.retention()).to(barrier, Barrier::withRetention);
        Barrier waiting = given.from(settings.longestWait()).to(kept, Barrier::withWait);
        return given.from(settings.databaseTimeout()).to(waiting, Barrier::withDatabaseTimeout);
    }

    /** The transactions of the data source. An application may also have transactions of other resources. */
    record Transactions(PlatformTransactionManager manager) {}

    /**
     * Chooses the transaction manager of the data source.
     *
     * @throws WrongSetup if there is none, or several without a preference
     */
    @Bean
    @Lazy
    Transactions ententeTransactions(
            DataSource dataSource,
            ObjectProvider<PlatformTransactionManager> managers,
            BeanFactory beans,
            EntenteProperties properties) {
        String name = properties.transactionManager();
        List<PlatformTransactionManager> candidates = name == null
                ? managers.stream().toList()
                : beans.containsBean(name) && beans.isTypeMatch(name, PlatformTransactionManager.class)
                        ? List.of(beans.getBean(name, PlatformTransactionManager.class))
                        : List.of();
        DataSource target = TransactionalConnection.target(dataSource);
        List<PlatformTransactionManager> own = candidates.stream()
                .filter(each -> target.equals(OpenTransaction.dataSource(each)))
                .toList();
        PlatformTransactionManager preferred = own.size() == 1 ? own.get(0) : managers.getIfUnique();
        if (preferred == null || !own.contains(preferred)) {
            throw new WrongSetup(
                    "barrier, outbox and inbox need the transaction manager of the data source, but "
                            + (own.isEmpty() ? "no" : "more than one") + " bean "
                            + (name == null ? "" : "named '" + name + "' (entente.transaction-manager) ") + "is such a"
                            + " transaction manager",
                    own.isEmpty()
                            ? "add a bean of JdbcTransactionManager or JpaTransactionManager with that data source;"
                                    + " Spring Boot creates no such bean if there is a transaction manager of another"
                                    + " resource, such as Kafka"
                            : "name one of these beans: entente.transaction-manager=…, or mark it @Primary",
                    null);
        }
        return new Transactions(preferred);
    }

    @Bean
    @Lazy
    @ConditionalOnMissingBean
    TransactionalBarrier transactionalBarrier(
            Barrier barrier,
            DataSource dataSource,
            Transactions transactions,
            ObjectProvider<ObservationRegistry> observations) {
        return new TransactionalBarrier(
                barrier, dataSource, transactions.manager(), observations.getIfUnique(() -> ObservationRegistry.NOOP));
    }

    /**
     * Creates the table if the property requests it, before the application serves requests. If a bean uses the barrier
     * and the table is missing, the log has the definition.
     */
    @Bean
    SmartInitializingSingleton ententeTables(
            ObjectProvider<Barrier> barriers,
            DataSource dataSource,
            EntenteProperties properties,
            ConfigurableListableBeanFactory beans) {
        return () -> {
            String property = "entente.barrier.create-table";
            if (properties.barrier().createTable()) {
                Barrier barrier = barriers.getObject();
                Databases.create(dataSource, property, barrier.ddl(), () -> barrier.createTable(dataSource));
            } else {
                Databases.warnOfMissing(
                        beans,
                        List.of(TransactionalBarrier.class),
                        dataSource,
                        "entente_barrier",
                        property,
                        () -> barriers.getObject().ddl());
            }
        };
    }

    /** The outbox and the inbox, if the application has the artifact. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Outbox.class)
    static class Messages {
        @Bean
        @Lazy
        @ConditionalOnMissingBean
        Outbox ententeOutbox(
                DataSource dataSource,
                EntenteProperties properties,
                Environment environment,
                ObjectProvider<Tracing> tracing) {
            Outbox outbox = Databases.dialect(dataSource, properties, environment) == Dialect.MARIADB
                    ? Outbox.mariadb()
                    : Outbox.postgres();
            return outbox.tracing(tracing.getIfAvailable(Tracing::found));
        }

        @Bean
        @Lazy
        @ConditionalOnMissingBean
        Inbox ententeInbox(DataSource dataSource, EntenteProperties properties, Environment environment) {
            return Databases.dialect(dataSource, properties, environment) == Dialect.MARIADB
                    ? Inbox.mariadb()
                    : Inbox.postgres();
        }

        @Bean
        @Lazy
        @ConditionalOnMissingBean
        TransactionalOutbox transactionalOutbox(
                Outbox outbox,
                DataSource dataSource,
                Transactions transactions,
                ObjectProvider<ObservationRegistry> observations,
                ObjectProvider<RelayLifecycle> relay) {
            return new TransactionalOutbox(
                    outbox,
                    dataSource,
                    observations.getIfUnique(() -> ObservationRegistry.NOOP),
                    RelayedDatabase.isRouting(dataSource) ? relay::getIfAvailable : () -> null);
        }

        @Bean
        @Lazy
        @ConditionalOnMissingBean
        TransactionalInbox transactionalInbox(Inbox inbox, DataSource dataSource, Transactions transactions) {
            return new TransactionalInbox(inbox, dataSource);
        }

        /**
         * Creates the tables if the property requests them, before the application serves requests or relays. If a bean
         * uses outbox or inbox and the table is missing, the log has the definition.
         */
        @Bean
        SmartInitializingSingleton ententeMessageTables(
                ObjectProvider<Outbox> outboxes,
                ObjectProvider<Inbox> inboxes,
                DataSource dataSource,
                EntenteProperties properties,
                ConfigurableListableBeanFactory beans) {
            return () -> {
                String property = "entente.outbox.create-tables";
                if (properties.outbox().createTables()) {
                    Outbox outbox = outboxes.getObject();
                    Inbox inbox = inboxes.getObject();
                    Databases.create(dataSource, property, outbox.ddl() + inbox.ddl(), () -> {
                        outbox.createTables(dataSource);
                        inbox.createTable(dataSource);
                    });
                } else {
                    Databases.warnOfMissing(
                            beans,
                            List.of(TransactionalOutbox.class, RelayLifecycle.class),
                            dataSource,
                            "entente_outbox",
                            property,
                            () -> outboxes.getObject().ddl());
                    Databases.warnOfMissing(
                            beans,
                            List.of(TransactionalInbox.class),
                            dataSource,
                            "entente_inbox",
                            property,
                            () -> inboxes.getObject().ddl());
                }
            };
        }
    }
}

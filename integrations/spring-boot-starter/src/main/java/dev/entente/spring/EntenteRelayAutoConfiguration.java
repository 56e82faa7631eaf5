package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.outbox.OutboxRelay;
import dev.entente.trace.Tracing;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.jdbc.metadata.CompositeDataSourcePoolMetadataProvider;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A relay of the outbox, if {@code entente.outbox.relay.enabled} is true. */
@AutoConfiguration(after = EntenteJdbcAutoConfiguration.class)
@ConditionalOnClass(OutboxRelay.class)
@ConditionalOnProperty("entente.outbox.relay.enabled")
@ConditionalOnSingleCandidate(DataSource.class)
public class EntenteRelayAutoConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(EntenteRelayAutoConfiguration.class);
    /** One for requests, and two for the relay: one for its rounds, one for checks and purges. */
    private static final int FEWEST_CONNECTIONS = 3;

    @Bean
    @ConditionalOnMissingBean
    RelayLifecycle ententeRelay(
            DataSource dataSource,
            EntenteProperties properties,
            ObjectProvider<Entente> entente,
            ObjectProvider<Tracing> tracing,
            ObjectProvider<OutboxRelayCustomizer> customizers) {
        EntenteProperties.Relay settings = properties.outbox().relay();
        RelayedDatabase database = new RelayedDatabase(dataSource);
        OutboxRelay.Builder builder = OutboxRelay.from(database);
        entente.ifAvailable(builder::deliverThrough);
        tracing.ifAvailable(builder::tracing);
        OutboxRelay.Builder configured = WrongSetup.check("entente.outbox.relay", () -> configured(builder, settings));
        customizers.orderedStream().forEach(customizer -> customizer.customize(configured));
        return new RelayLifecycle(database, configured::start);
    }

    private static OutboxRelay.Builder configured(OutboxRelay.Builder builder, EntenteProperties.Relay settings) {
        PropertyMapper given = PropertyMapper.get();
        given.from(settings.inFlight()).to(builder::inFlight);
        given.from(settings.poll()).to(builder::poll);
        given.from(settings.callTimeout()).to(builder::callTimeout);
        given.from(settings.databaseTimeout()).to(builder::databaseTimeout);
        given.from(settings.giveUpAfter()).to(builder::giveUpAfter);
        given.from(settings.keepSent()).to(builder::keepSent);
        return builder;
    }

    /** Pools with a size that Spring Boot knows. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DataSourcePoolMetadataProvider.class)
    static class Pool {
        @Bean
        SmartInitializingSingleton ententeRelayPool(
                DataSource dataSource, ObjectProvider<DataSourcePoolMetadataProvider> pools) {
            return () -> {
                DataSourcePoolMetadata pool = new CompositeDataSourcePoolMetadataProvider(
                                pools.stream().toList())
                        .getDataSourcePoolMetadata(dataSource);
                Integer most = pool == null ? null : pool.getMax();
                if (most != null && most > 0 && most < FEWEST_CONNECTIONS) {
                    LOG.warn(
                            "the outbox's relay always holds two of the {} connections of the data source's pool, so"
                                    + " requests wait for a connection until they fail; configure at least {}"
                                    + " connections (spring.datasource.hikari.maximum-pool-size)",
                            most,
                            FEWEST_CONNECTIONS);
                }
            };
        }
    }
}

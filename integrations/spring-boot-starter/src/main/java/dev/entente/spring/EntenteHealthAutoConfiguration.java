package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.outbox.Outbox;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health of the coordinator and the outbox, an endpoint, and a contributor to info, for Actuator. */
@AutoConfiguration(after = {EntenteRelayAutoConfiguration.class, EntenteHousekeepingAutoConfiguration.class})
public class EntenteHealthAutoConfiguration {
    /** Indicators for Actuator's health. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    static class OfHealth {
        @Bean
        @ConditionalOnBean(Entente.class)
        @ConditionalOnMissingBean(name = "ententeCoordinatorHealthIndicator")
        HealthIndicator ententeCoordinatorHealthIndicator(
                Entente entente,
                ObjectProvider<EntenteConnectionDetails> connection,
                ObjectProvider<OutboxWatch> outbox) {
            EntenteConnectionDetails known = connection.getIfAvailable();
            return new CoordinatorHealth(entente, known == null ? null : known.target(), outbox.getIfAvailable());
        }

        @Bean
        @ConditionalOnBean(OutboxWatch.class)
        @ConditionalOnMissingBean(name = "ententeOutboxHealthIndicator")
        HealthIndicator ententeOutboxHealthIndicator(OutboxWatch outbox, ObjectProvider<RelayLifecycle> relay) {
            return new OutboxHealth(relay.getIfAvailable(), outbox);
        }
    }

    /** The endpoint {@code entente}, if it is exposed. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebEndpoint.class)
    static class OfEndpoint {
        @Bean
        @ConditionalOnMissingBean
        EntenteEndpoint ententeEndpoint(ObjectProvider<EndpointOutbox> outbox, ObjectProvider<Entente> entente) {
            return new EntenteEndpoint(outbox.getIfUnique(), entente.getIfUnique());
        }
    }

    /** The part of the endpoint that shows the outbox. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({WebEndpoint.class, Outbox.class})
    @ConditionalOnSingleCandidate(DataSource.class)
    static class OfEndpointOutbox {
        @Bean
        EndpointOutbox ententeEndpointOutbox(ObjectProvider<Outbox> outbox, DataSource dataSource) {
            return new EndpointOutbox(Databases.unlessUnknown(outbox::getIfUnique), dataSource);
        }
    }

    /** A contributor to Actuator's info. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(InfoContributor.class)
    static class OfInfo {
        @Bean
        @ConditionalOnMissingBean(name = "ententeInfoContributor")
        InfoContributor ententeInfoContributor(
                EntenteProperties properties, ObjectProvider<EntenteConnectionDetails> connection) {
            String version = Entente.class.getPackage().getImplementationVersion();
            EntenteConnectionDetails known = connection.getIfAvailable();
            Map<String, Object> reported = Map.of(
                    "target", known == null ? "none" : known.target(),
                    "client", version == null ? "unknown" : version,
                    "relay", properties.outbox().relay().enabled());
            return info -> info.withDetail("entente", reported);
        }
    }
}

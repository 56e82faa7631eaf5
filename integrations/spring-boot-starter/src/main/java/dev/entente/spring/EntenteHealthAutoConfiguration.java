package dev.entente.spring;

import dev.entente.client.Entente;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health of the coordinator and the outbox, and what this application knows of both, for Actuator. */
@AutoConfiguration(after = EntenteRelayAutoConfiguration.class)
public class EntenteHealthAutoConfiguration {
    /** Indicators for Actuator's health. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    static class OfHealth {
        @Bean
        @ConditionalOnBean(Entente.class)
        @ConditionalOnMissingBean(name = "ententeCoordinatorHealthIndicator")
        HealthIndicator ententeCoordinatorHealthIndicator(
                Entente entente, ObjectProvider<EntenteConnectionDetails> connection) {
            EntenteConnectionDetails known = connection.getIfAvailable();
            return new CoordinatorHealth(entente, known == null ? null : known.target());
        }

        @Bean
        @ConditionalOnBean(RelayLifecycle.class)
        @ConditionalOnMissingBean(name = "ententeOutboxHealthIndicator")
        HealthIndicator ententeOutboxHealthIndicator(RelayLifecycle relay) {
            return new OutboxHealth(relay);
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
            return info -> info.withDetail("entente", EntenteInfo.of(properties, connection.getIfAvailable()));
        }
    }
}

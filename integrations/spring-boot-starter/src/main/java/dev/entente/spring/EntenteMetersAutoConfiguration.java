package dev.entente.spring;

import dev.entente.outbox.OutboxMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextRefreshedEvent;

/** The relay's meters, if Micrometer is present. */
@AutoConfiguration(
        after = EntenteRelayAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({MeterBinder.class, OutboxMeters.class})
@ConditionalOnBean({RelayLifecycle.class, MeterRegistry.class})
public class EntenteMetersAutoConfiguration {
    /**
     * Binds the meters after the relay's start; they follow the relay when the application stops and starts it. A child
     * context, such as that of {@code management.server.port}, also sends its events here.
     */
    @Bean
    ApplicationListener<ContextRefreshedEvent> ententeOutboxMeters(
            RelayLifecycle lifecycle, MeterRegistry registry, ApplicationContext own) {
        return refreshed -> {
            if (own.equals(refreshed.getApplicationContext())) {
                new OutboxMeters(lifecycle::relay).bindTo(registry);
            }
        };
    }
}

package dev.entente.spring;

import dev.entente.outbox.OutboxMeters;
import dev.entente.outbox.OutboxRelay;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextRefreshedEvent;

/** The relay's meters, where Micrometer is there. */
@AutoConfiguration(
        after = EntenteRelayAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean({RelayLifecycle.class, MeterRegistry.class})
public class EntenteMetersAutoConfiguration {
    /** Binds them once the relay runs, which is when there is something to measure. */
    @Bean
    ApplicationListener<ContextRefreshedEvent> ententeOutboxMeters(RelayLifecycle lifecycle, MeterRegistry registry) {
        return refreshed -> {
            OutboxRelay relay = lifecycle.relay();
            if (relay != null) {
                new OutboxMeters(relay).bindTo(registry);
            }
        };
    }
}

package dev.entente.spring.test;

import dev.entente.spring.OwnAddress;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The beans of {@link EntenteTest}. */
@Configuration(proxyBeanMethods = false)
class EntenteTestConfiguration {
    @Bean
    Faults ententeFaults() {
        return new Faults();
    }

    /** Is the application's {@code EntenteConnectionDetails}, too. */
    @Bean
    TestCoordinator ententeTestCoordinator(Faults faults) {
        return new TestCoordinator(faults);
    }

    /** Stands in the place of the starter's: the coordinator is to call a bridge. */
    @Bean
    OwnParticipant ententeAnnouncement(TestCoordinator coordinator, OwnAddress own, ApplicationContext application) {
        return new OwnParticipant(coordinator, own, application);
    }
}

package dev.entente.spring.test;

import dev.entente.spring.OwnAddress;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.ContextStartedEvent;
import org.springframework.core.env.Environment;
import org.springframework.test.web.servlet.MockMvc;

/**
 * Announces the application under test as a participant after its servers listen, also after a restart.
 *
 * @param application only its own start has an effect
 */
record OwnParticipant(TestCoordinator coordinator, OwnAddress own, ApplicationContext application)
        implements ApplicationListener<ApplicationContextEvent> {
    @Override
    public void onApplicationEvent(ApplicationContextEvent event) {
        boolean isStart = event instanceof ContextRefreshedEvent || event instanceof ContextStartedEvent;
        if (!isStart || !event.getApplicationContext().equals(application)) {
            return;
        }
        Environment environment = application.getEnvironment();
        String name = environment.getProperty(
                "entente.participant.name", environment.getProperty("spring.application.name", "application"));
        String target = own.target();
        if (target != null) {
            coordinator.participant(name, target);
        } else if (application.getBeanNamesForType(MockMvc.class).length > 0) {
            coordinator.participant(name, new MockMvcCalls(application.getBean(MockMvc.class)));
        }
    }
}

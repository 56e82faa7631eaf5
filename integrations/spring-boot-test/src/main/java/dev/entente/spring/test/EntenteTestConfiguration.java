package dev.entente.spring.test;

import dev.entente.spring.OwnAddress;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.datasource.DataSourceUtils;

/** The beans of {@link EntenteTest}. */
@Configuration(proxyBeanMethods = false)
class EntenteTestConfiguration {
    @Bean
    Faults ententeFaults(ObjectProvider<TestCoordinator> coordinator) {
        return new Faults(coordinator::getObject);
    }

    /**
     * Creates the coordinator, which is also the application's {@code EntenteConnectionDetails}.
     *
     * @param isSeparate {@link EntenteTest#ownProcess}, which Spring Boot maps to this property
     */
    @Bean
    TestCoordinator ententeTestCoordinator(
            @Value("${entente.test.own-process:false}") boolean isSeparate,
            Faults faults,
            ObjectProvider<OutboxDiagnosis> outbox) {
        return new TestCoordinator(CoordinatorProgram.start(isSeparate), faults, outbox::getIfUnique);
    }

    /** The view of the application's outbox, if it has a database. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DataSourceUtils.class)
    static class OfOutbox {
        @Bean
        @Lazy
        @Nullable
        OutboxDiagnosis ententeOutboxLook(ObjectProvider<DataSource> dataSource) {
            DataSource unique = dataSource.getIfUnique();
            return unique == null ? null : new OutboxDiagnosis(unique);
        }
    }

    /** Replaces the starter's bean, because the coordinator must call a bridge. */
    @Bean
    OwnParticipant ententeAnnouncement(TestCoordinator coordinator, OwnAddress own, ApplicationContext application) {
        return new OwnParticipant(coordinator, own, application);
    }
}

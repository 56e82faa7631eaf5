package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.config.BeanDefinitionCustomizer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** The choice of the transaction manager for barrier, outbox and inbox. */
final class ChosenManagerTest {
    static class WantsTheInbox {
        WantsTheInbox(TransactionalInbox inbox) {
            assertThat(inbox).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                RefusedStartTest.WantsTheBarrier.class,
                RefusedStartTest.WantsTheOutbox.class,
                WantsTheInbox.class,
                RefusedStartTest.Fine.class
            })
    void the_transaction_manager_of_the_data_source_is_used(Class<?> wants) {
        ApplicationContextRunner foreign = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        JacksonAutoConfiguration.class,
                        EntenteAutoConfiguration.class,
                        EntenteJsonAutoConfiguration.class,
                        EntenteJdbcAutoConfiguration.class,
                        EntenteAnnotationsAutoConfiguration.class,
                        DataSourceAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class))
                .withPropertyValues("spring.datasource.url=" + TestDatabase.url())
                .withUserConfiguration(wants)
                .withBean("kafka", PlatformTransactionManager.class, PhasesApplication.Foreign::new);
        foreign.run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContaining("ENT-088: barrier, outbox and inbox need the transaction manager")
                .hasMessageContaining("no bean is such a transaction manager"));

        ApplicationContextRunner beside = with("own", foreign);
        beside.run(context -> assertThat(context).hasNotFailed());
        with("other", beside)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("more than one bean is such a transaction manager")
                        .hasMessageContaining("entente.transaction-manager"));
        with("other", beside, definition -> definition.setPrimary(true))
                .run(context -> assertThat(context).hasNotFailed());
        with("other", beside)
                .withPropertyValues("entente.transaction-manager=other")
                .run(context -> assertThat(context.getBean(EntenteJdbcAutoConfiguration.Transactions.class)
                                .manager())
                        .isSameAs(context.getBean("other")));
        for (String wrong : List.of("kafka", "unknown")) {
            with("other", beside)
                    .withPropertyValues("entente.transaction-manager=" + wrong)
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessageContaining("no bean named '" + wrong + "'"));
        }
    }

    private static ApplicationContextRunner with(
            String name, ApplicationContextRunner runner, BeanDefinitionCustomizer... customizers) {
        return runner.withInitializer(context -> ((GenericApplicationContext) context)
                .registerBean(
                        name,
                        PlatformTransactionManager.class,
                        () -> new JdbcTransactionManager(context.getBean(DataSource.class)),
                        customizers));
    }
}

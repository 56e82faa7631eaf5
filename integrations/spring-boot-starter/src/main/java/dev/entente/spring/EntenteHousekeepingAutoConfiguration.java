package dev.entente.spring;

import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The removal of old rows and the check of the outbox, configured by {@code entente.housekeeping}. */
@AutoConfiguration(after = {EntenteJdbcAutoConfiguration.class, EntenteIdempotencyAutoConfiguration.class})
@ConditionalOnSingleCandidate(DataSource.class)
@ConditionalOnBean(Barrier.class)
public class EntenteHousekeepingAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    Housekeeping ententeHousekeeping(
            EntenteProperties properties,
            ObjectProvider<Barrier> barriers,
            DataSource dataSource,
            ObjectProvider<Housekeeping.Purge> others,
            ObjectProvider<OutboxWatch> outbox) {
        Housekeeping.Purge ofBarrier = new Housekeeping.Purge("the barrier", () -> {
            Barrier barrier = Databases.unlessUnknown(barriers::getObject);
            return barrier == null ? 0 : barrier.purge(dataSource);
        });
        List<Housekeeping.Purge> purges =
                Stream.concat(Stream.of(ofBarrier), others.stream()).toList();
        return new Housekeeping(properties.housekeeping(), purges, outbox.getIfAvailable());
    }

    /** The outbox and the inbox, if the application has the artifact. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Outbox.class)
    @ConditionalOnBean({Inbox.class, Outbox.class})
    static class OfMessages {
        @Bean
        @ConditionalOnMissingBean
        OutboxWatch ententeOutboxWatch(
                ObjectProvider<Outbox> outbox, DataSource dataSource, ListableBeanFactory beans) {
            return new OutboxWatch(
                    () -> Databases.unlessUnknown(outbox::getObject),
                    dataSource,
                    beans.getBeanNamesForType(RelayLifecycle.class, false, false).length > 0);
        }

        @Bean
        Housekeeping.Purge ententeInboxPurge(ObjectProvider<Inbox> inboxes, DataSource dataSource) {
            return new Housekeeping.Purge("the inbox", () -> {
                Inbox inbox = Databases.unlessUnknown(inboxes::getObject);
                return inbox == null ? 0 : inbox.purge(dataSource);
            });
        }
    }
}

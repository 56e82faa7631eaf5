package dev.entente.spring;

import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** Old rows are removed, and the outbox is looked after, unless {@code entente.housekeeping} says otherwise. */
@AutoConfiguration(after = EntenteJdbcAutoConfiguration.class)
@ConditionalOnSingleCandidate(DataSource.class)
@ConditionalOnBean({Barrier.class, Inbox.class, Outbox.class})
public class EntenteHousekeepingAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    OutboxWatch ententeOutboxWatch(ObjectProvider<Outbox> outbox, DataSource dataSource, ListableBeanFactory beans) {
        return new OutboxWatch(
                () -> Databases.unlessUnknown(outbox::getObject),
                dataSource,
                beans.getBeanNamesForType(RelayLifecycle.class, false, false).length > 0);
    }

    /** Keys are purged in whichever bean keeps them in a database. The beans ask the database, so at the first purge. */
    @Bean
    @ConditionalOnMissingBean
    Housekeeping ententeHousekeeping(
            EntenteProperties properties,
            ObjectProvider<Barrier> barriers,
            ObjectProvider<Inbox> inboxes,
            DataSource dataSource,
            ObjectProvider<KeyStore> keys,
            OutboxWatch outbox) {
        Map<String, Housekeeping.Purge> purges = Map.of(
                "the barrier",
                () -> {
                    Barrier barrier = Databases.unlessUnknown(barriers::getObject);
                    return barrier == null ? 0 : barrier.purge(dataSource);
                },
                "the inbox",
                () -> {
                    Inbox inbox = Databases.unlessUnknown(inboxes::getObject);
                    return inbox == null ? 0 : inbox.purge(dataSource);
                },
                "the idempotency keys",
                () -> {
                    List<KeyStore> stores =
                            Databases.unlessUnknown(() -> keys.stream().toList());
                    long purged = 0;
                    for (KeyStore store : stores == null ? List.<KeyStore>of() : stores) {
                        purged += store instanceof JdbcKeyStore kept ? kept.purge() : 0;
                    }
                    return purged;
                });
        return new Housekeeping(properties.housekeeping(), purges, outbox);
    }
}

package dev.entente.spring;

import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
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
    OutboxWatch ententeOutboxWatch(ObjectProvider<Outbox> outbox, DataSource dataSource) {
        return new OutboxWatch(Databases.unlessUnknown(outbox::getObject), dataSource);
    }

    /** Keys are purged in whichever bean keeps them in a database. */
    @Bean
    @ConditionalOnMissingBean
    Housekeeping ententeHousekeeping(
            EntenteProperties properties,
            ObjectProvider<Barrier> barriers,
            ObjectProvider<Inbox> inboxes,
            DataSource dataSource,
            ObjectProvider<KeyStore> keys,
            OutboxWatch outbox) {
        Map<String, Housekeeping.Purge> purges = new HashMap<>();
        Barrier barrier = Databases.unlessUnknown(barriers::getObject);
        if (barrier != null) {
            purges.put("the barrier", () -> barrier.purge(dataSource));
        }
        Inbox inbox = Databases.unlessUnknown(inboxes::getObject);
        if (inbox != null) {
            purges.put("the inbox", () -> inbox.purge(dataSource));
        }
        List<KeyStore> stores = Databases.unlessUnknown(() -> keys.stream().toList());
        if (stores != null) {
            purges.put("the idempotency keys", () -> {
                long purged = 0;
                for (KeyStore store : stores) {
                    purged += store instanceof JdbcKeyStore kept ? kept.purge() : 0;
                }
                return purged;
            });
        }
        return new Housekeeping(properties.housekeeping(), purges, outbox);
    }
}

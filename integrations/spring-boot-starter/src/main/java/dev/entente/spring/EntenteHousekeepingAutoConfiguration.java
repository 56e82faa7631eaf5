package dev.entente.spring;

import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
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
    OutboxWatch ententeOutboxWatch(Outbox outbox, DataSource dataSource) {
        return new OutboxWatch(outbox, dataSource);
    }

    /** Keys are purged in whichever bean keeps them in a database. */
    @Bean
    @ConditionalOnMissingBean
    Housekeeping ententeHousekeeping(
            EntenteProperties properties,
            Barrier barrier,
            Inbox inbox,
            DataSource dataSource,
            ObjectProvider<KeyStore> keys,
            OutboxWatch outbox) {
        Map<String, Housekeeping.Purge> purges = Map.of(
                "the barrier", () -> barrier.purge(dataSource),
                "the inbox", () -> inbox.purge(dataSource),
                "the idempotency keys",
                        () -> {
                            long purged = 0;
                            for (KeyStore store : keys) {
                                purged += store instanceof JdbcKeyStore kept ? kept.purge() : 0;
                            }
                            return purged;
                        });
        return new Housekeeping(properties.housekeeping(), purges, outbox);
    }
}

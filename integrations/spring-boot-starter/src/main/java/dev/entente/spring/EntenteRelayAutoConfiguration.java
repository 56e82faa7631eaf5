package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.outbox.OutboxRelay;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.context.annotation.Bean;

/** A relay of the outbox, where {@code entente.outbox.relay.enabled} is true. */
@AutoConfiguration(after = EntenteJdbcAutoConfiguration.class)
@ConditionalOnProperty("entente.outbox.relay.enabled")
@ConditionalOnSingleCandidate(DataSource.class)
public class EntenteRelayAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    RelayLifecycle ententeRelay(
            DataSource dataSource,
            EntenteProperties properties,
            ObjectProvider<Entente> entente,
            ObjectProvider<OutboxRelayCustomizer> customizers) {
        EntenteProperties.Relay said = properties.outbox().relay();
        OutboxRelay.Builder builder = OutboxRelay.from(dataSource);
        entente.ifAvailable(builder::deliverThrough);
        PropertyMapper given = PropertyMapper.get();
        given.from(said.inFlight()).to(builder::inFlight);
        given.from(said.poll()).to(builder::poll);
        given.from(said.callTimeout()).to(builder::callTimeout);
        given.from(said.databaseTimeout()).to(builder::databaseTimeout);
        given.from(said.giveUpAfter()).to(builder::giveUpAfter);
        given.from(said.keepSent()).to(builder::keepSent);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return new RelayLifecycle(builder::start);
    }
}

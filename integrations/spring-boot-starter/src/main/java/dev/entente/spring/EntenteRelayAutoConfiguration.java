package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.outbox.OutboxRelay;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
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
        given(said.inFlight(), builder::inFlight);
        given(said.poll(), builder::poll);
        given(said.callTimeout(), builder::callTimeout);
        given(said.databaseTimeout(), builder::databaseTimeout);
        given(said.giveUpAfter(), builder::giveUpAfter);
        given(said.keepSent(), builder::keepSent);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return new RelayLifecycle(builder::start);
    }

    private static <T> void given(@Nullable T value, Consumer<T> to) {
        if (value != null) {
            to.accept(value);
        }
    }
}

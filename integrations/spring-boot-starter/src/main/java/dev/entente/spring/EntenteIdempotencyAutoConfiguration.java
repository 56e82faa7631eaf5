package dev.entente.spring;

import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.jdbc.Dialect;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.grpc.server.GlobalServerInterceptor;

/** Idempotency keys in the application's data source, and for marked methods of gRPC services. */
@AutoConfiguration(after = EntenteJdbcAutoConfiguration.class)
@ConditionalOnClass(IdempotencyKeys.class)
public class EntenteIdempotencyAutoConfiguration {
    @Bean
    @Lazy
    @ConditionalOnMissingBean(KeyStore.class)
    @ConditionalOnSingleCandidate(DataSource.class)
    JdbcKeyStore ententeKeyStore(DataSource dataSource, EntenteProperties properties, Environment environment) {
        return Databases.dialect(dataSource, properties, environment) == Dialect.MARIADB
                ? JdbcKeyStore.mariadb(dataSource)
                : JdbcKeyStore.postgres(dataSource);
    }

    @Bean
    @Lazy
    @ConditionalOnMissingBean
    @ConditionalOnBean(KeyStore.class)
    IdempotencyKeys ententeIdempotencyKeys(KeyStore store, EntenteProperties properties) {
        EntenteProperties.Idempotency settings = properties.idempotency();
        IdempotencyKeys keys = WrongSetup.check(
                "entente.idempotency",
                () -> PropertyMapper.get()
                        .from(settings.retention())
                        .to(IdempotencyKeys.in(store), IdempotencyKeys::timeToLive));
        return settings.required() ? keys.required() : keys;
    }

    @Bean
    @ConditionalOnBean(JdbcKeyStore.class)
    @ConditionalOnSingleCandidate(DataSource.class)
    SmartInitializingSingleton ententeKeyTable(
            ObjectProvider<JdbcKeyStore> stores,
            DataSource dataSource,
            EntenteProperties properties,
            ConfigurableListableBeanFactory beans) {
        return () -> {
            String property = "entente.idempotency.create-table";
            if (properties.idempotency().createTable()) {
                JdbcKeyStore store = stores.getObject();
                Databases.create(dataSource, property, store.ddl(), store::createTable);
            } else {
                Databases.warnOfMissing(
                        beans,
                        List.of(IdempotencyKeys.class),
                        dataSource,
                        "entente_idempotency",
                        property,
                        () -> stores.getObject().ddl());
            }
        };
    }

    /** Purges each store of keys in a database. Creates the beans, which query the database, at the first purge. */
    @Bean
    Housekeeping.Purge ententeKeyPurge(ObjectProvider<KeyStore> keys) {
        return new Housekeeping.Purge("the idempotency keys", () -> {
            List<KeyStore> stores = Databases.unlessUnknown(() -> keys.stream().toList());
            long purged = 0;
            for (KeyStore store : stores == null ? List.<KeyStore>of() : stores) {
                purged += store instanceof JdbcKeyStore kept ? kept.purge() : 0;
            }
            return purged;
        });
    }

    /** Intercepts calls of the starter's own server and, as a global interceptor, of Spring gRPC's server. */
    @Bean
    @GlobalServerInterceptor
    @Order(EntenteWebAutoConfiguration.ORDER)
    @ConditionalOnBean(IdempotencyKeys.class)
    IdempotentCalls ententeIdempotentCalls(MarkedBeans beans, ObjectProvider<IdempotencyKeys> keys) {
        return new IdempotentCalls(beans, keys);
    }
}

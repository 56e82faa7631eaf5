package dev.entente.guide;

import dev.entente.idempotency.IdempotencyFilter;
import dev.entente.idempotency.IdempotencyInterceptor;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.idempotency.RedisKeyStore;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import jakarta.servlet.Filter;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import redis.clients.jedis.JedisPooled;

/** The examples of {@code docs/patterns/idempotency.md}. A test compares them with the page. */
final class IdempotencyExamples {
    private IdempotencyExamples() {}

    static ServerServiceDefinition all(DataSource dataSource, BindableService payments) throws SQLException {
        JdbcKeyStore store = JdbcKeyStore.postgres(dataSource);
        store.createTable();
        IdempotencyKeys keys = IdempotencyKeys.in(store).required();
        return ServerInterceptors.intercept(payments, new IdempotencyInterceptor(keys));
    }

    static ServerServiceDefinition marked(BindableService payments, IdempotencyKeys keys) {
        return IdempotencyInterceptor.on(payments, keys);
    }

    static Filter filter(IdempotencyKeys keys) {
        Filter filter = new IdempotencyFilter(keys.waitFor(Duration.ofSeconds(5)));
        return filter;
    }

    static KeyStore redis() {
        KeyStore redisStore = new RedisKeyStore(new JedisPooled("redis.example", 6379));
        return redisStore;
    }
}

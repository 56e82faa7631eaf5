package dev.entente.stories.service;

import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.idempotency.RedisKeyStore;
import dev.entente.rig.SqlDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import redis.clients.jedis.JedisPooled;

/** Takes payments over HTTP, each under the client's key, and returns an unpredictable payment number. */
@Command(name = "payment-door")
public final class PaymentEntry extends WorkerCommand {
    /** The tables of the service, and a table of the responses that its clients received. */
    public static final String TABLES = """
        create table payment (client_key text primary key, number text not null, body text not null);
        create table run (client_key text not null, at timestamptz not null default clock_timestamp());
        create table answer (client_key text not null, status integer not null, body text not null);
        """;

    /** The limit is short, so that the key of a killed process is soon free. */
    private static final Duration LONGEST_RUN = Duration.ofSeconds(2);

    @Option(names = "--port", required = true, description = "The HTTP port.")
    private int port;

    @Option(names = "--redis", description = "The port of Redis, if Redis stores the keys. Default: the database does.")
    private int redis;

    PaymentEntry() {}

    /** Works until the process is killed. */
    public static void main(String[] arguments) {
        run(new PaymentEntry(), arguments);
    }

    @Override
    void begin(DataSource database) throws Exception {
        IdempotencyKeys keys = IdempotencyKeys.in(store(database)).required().longestRun(LONGEST_RUN);
        ServiceHttpServer.open(port, keys, (key, body) -> pay(database, key, body));
    }

    private KeyStore store(DataSource database) throws SQLException {
        if (redis != 0) {
            return new RedisKeyStore(new JedisPooled("127.0.0.1", redis));
        }
        JdbcKeyStore store = JdbcKeyStore.postgres(database);
        store.createTable();
        return store;
    }

    /** Records the run and commits this record in any case. Then pays in one transaction, once per key. */
    private ServiceHttpServer.Response pay(DataSource database, String key, String body) throws SQLException {
        try (Connection connection = database.getConnection()) {
            SqlDatabase.update(connection, "insert into run (client_key) values (?)", key);
            connection.setAutoCommit(false);
            SqlDatabase.update(
                    connection,
                    "insert into payment values (?, ?, ?) on conflict do nothing",
                    key,
                    UUID.randomUUID().toString(),
                    body);
            String number = number(connection, key);
            connection.commit();
            return new ServiceHttpServer.Response(
                    200, "{\"payment\":\"" + (isFaulty() ? UUID.randomUUID() : number) + "\"}");
        }
    }

    private static String number(Connection connection, String key) throws SQLException {
        String sql = "select number from payment where client_key = ?";
        return SqlDatabase.rows(connection, row -> row.getString(1), sql, key).getFirst();
    }
}

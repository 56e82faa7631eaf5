package dev.entente.server.store.admin;

import com.google.protobuf.ByteString;
import dev.entente.server.store.Database;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that coordinators of one database share, read again every half minute. A new key signs once it is two
 * minutes old: by then every coordinator accepts it.
 */
public final class SigningKeys implements AutoCloseable {
    /**
     * A stored key.
     *
     * @param id from 1, unique for its purpose
     * @param secret at least 32 bytes
     */
    public record Key(int id, ByteString secret) {
        /** Returns the id, without the secret. */
        @Override
        public String toString() {
            return "key " + id;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final int ANSWER_SECONDS = 10;

    private final Database database;
    private final String purpose;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** @param purpose {@code join}, {@code cluster}, or a purpose that later migrations add */
    public SigningKeys(Database database, String purpose) {
        this.database = database;
        this.purpose = purpose;
    }

    /**
     * Reads the keys; the first one signs. Blocks.
     *
     * @return at least one
     * @throws StoreUnavailable if the database does not answer, or has no key
     */
    public List<Key> read() {
        List<Key> keys = stored();
        if (keys.isEmpty()) {
            throw new StoreUnavailable("table signing_key has no row for '" + purpose + "'", null);
        }
        return keys;
    }

    private List<Key> stored() {
        try {
            return database.alone(
                    "keys",
                    ANSWER_SECONDS,
                    handle -> handle.createQuery("""
                        select id, secret from signing_key where purpose = :purpose
                        order by created_at >= now() - interval '2 minutes', created_at desc, id desc\
                        """)
                            .bind("purpose", purpose)
                            .map((row, _) -> new Key(row.getInt(1), ByteString.copyFrom(row.getBytes(2))))
                            .list());
        } catch (JdbiException e) {
            throw new StoreUnavailable("the keys for '" + purpose + "' cannot be read", e);
        }
    }

    /** Passes the keys of every later read to the consumer, on a separate thread. A failed read changes nothing. */
    public void follow(Consumer<List<Key>> reported) {
        Thread.ofVirtual().name("entente-keys").start(() -> run(reported));
    }

    private void run(Consumer<List<Key>> reported) {
        try {
            while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    reported.accept(read());
                } catch (RuntimeException | Error e) {
                    // The loop must survive; the next round tries again.
                    LOG.debug("could not read the keys for '{}': {}", purpose, e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}

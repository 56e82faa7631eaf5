package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import dev.entente.server.store.QueryExecutor;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.concurrent.CompletionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jspecify.annotations.Nullable;

/**
 * The table of the console's sessions. All ids and tokens are SHA-256 digests in hex. Each method blocks, and throws
 * {@link dev.entente.server.store.StoreUnavailable} if the database does not answer. Thread-safe.
 */
public final class SessionTable {
    /** The maximum of concurrent statements: unauthenticated callers can cause them, by any cookie. */
    public static final int MAX_ASKED = 2;

    /** The maximum of concurrent sessions of one token; the oldest is removed. */
    private static final int MAX_OF_ONE_TOKEN = 20;

    private static final Duration LONGEST = Duration.ofHours(12);

    private final Database database;
    private final QueryExecutor executor;

    /** @param executor the executor for queries of unauthenticated callers, {@link #MAX_ASKED} at one time */
    public SessionTable(Database database, QueryExecutor executor) {
        this.database = database;
        this.executor = executor;
    }

    private <T extends @Nullable Object> T ask(HandleCallback<T, RuntimeException> statement) {
        try {
            return executor.ask(() -> database.jdbi().withHandle(statement)).join();
        } catch (CompletionException failed) {
            throw QueryExecutor.failure(failed.getCause() == null ? failed : failed.getCause());
        }
    }

    /**
     * Adds a session, for 12 h.
     *
     * @param expires when the token expires; null for never
     */
    public void add(String id, String token, @Nullable Instant expires) {
        var _ = ask(handle -> handle.createUpdate("""
            with oldest as (
              delete from console_session where id_hash = any (array (
                select id_hash from console_session where token_hash = :token
                order by created_at desc, id_hash offset :others)))
            insert into console_session (id_hash, token_hash, expires_at)
            values (:id, :token, least(now() + :longest * interval '1 second', cast(:expires as timestamptz)))\
            """)
                .bind("id", bytes(id))
                .bind("token", bytes(token))
                .bind("others", MAX_OF_ONE_TOKEN - 1)
                .bind("longest", LONGEST.toSeconds())
                .bind("expires", expires == null ? null : expires.atOffset(ZoneOffset.UTC))
                .execute());
    }

    /** Returns the token's digest for a session that has not expired; null if there is no such session. */
    public @Nullable String token(String id) {
        return ask(handle -> handle.createQuery("""
            select token_hash from console_session where id_hash = :id and expires_at > now()\
            """)
                .bind("id", bytes(id))
                .map((row, _) -> HexFormat.of().formatHex(row.getBytes(1)))
                .findOne()
                .orElse(null));
    }

    /** Removes a session. Returns whether there was one. */
    public boolean remove(String id) {
        return ask(handle -> handle.execute("delete from console_session where id_hash = ?", (Object) bytes(id)) > 0);
    }

    /** Removes expired sessions. */
    static void removeExpired(Handle handle) {
        handle.execute("delete from console_session where expires_at < now()");
    }

    private static byte[] bytes(String hash) {
        return HexFormat.of().parseHex(hash);
    }
}

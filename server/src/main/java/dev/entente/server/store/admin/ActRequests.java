package dev.entente.server.store.admin;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Confirmation;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.QuestionLimit;
import dev.entente.server.store.Questions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the acts that wait for a second person. A transaction's request is closed by the write of its act, not here.
 * Thread-safe; nothing blocks.
 */
public final class ActRequests implements AutoCloseable {
    /** Requests that may be open at one time: people ask, and other people look at each. */
    public static final int MOST_OPEN = 1000;

    /** Whom the audit names where a request ends by itself. */
    private static final String NOBODY = "coordinator";

    /** The first key of the advisory lock of whoever asks: "enta" in ASCII. */
    private static final int LOCK_SPACE = 0x656e7461;

    private static final String COLUMNS = "id, act, gid, seen, arguments, actor, reason, asked_at, until_at";
    private static final String OPEN = "until_at > now()";

    /**
     * An act that waits for its second person, as the first one stated it.
     *
     * @param gid empty where it concerns no single transaction
     * @param seen what was seen when it was asked for: a confirmation holds for nothing else
     * @param arguments the request of the API's method, serialized
     */
    public record Asked(String act, String gid, String seen, ByteString arguments, String actor, String reason) {}

    /**
     * A request as it is stored.
     *
     * @param id grows
     */
    public record Open(long id, Asked asked, Instant askedAt, Instant until) {}

    /**
     * The answer to whoever asks.
     *
     * @param open the request that waits now, or null if too many do
     * @param isNew whether this one made it
     */
    public record Answer(@Nullable Open open, boolean isNew) {}

    private final Database database;
    private final Questions questions;

    /**
     * @param limit shared by all who answer people
     * @param results where futures complete
     */
    public ActRequests(Database database, QuestionLimit limit, Executor results) {
        this.database = database;
        this.questions = new Questions(results, limit);
    }

    /**
     * Opens a request, unless one of the same act and transaction is open that has seen the same. One that has seen
     * something else can never be confirmed, so it gives way.
     *
     * @param peer the address that the call came from
     * @param before the transaction's state, for the audit
     */
    public CompletableFuture<Answer> ask(Asked asked, Duration lifetime, String peer, String before) {
        return questions.ask(() -> database.jdbi().inTransaction(handle -> {
            lock(handle);
            giveWay(handle, asked);
            Optional<Open> standing = standing(handle, asked);
            if (standing.isPresent()) {
                return new Answer(standing.get(), false);
            }
            if (count(handle) >= MOST_OPEN) {
                return new Answer(null, false);
            }
            Open open = insert(handle, asked, lifetime);
            AuditLog.insert(
                    handle,
                    entry(asked.actor(), "ask", open, asked.reason(), before, "WAITS for a second person", peer));
            return new Answer(open, true);
        }));
    }

    /** One asks at a time, so that no more are open than may be. */
    private static void lock(Handle handle) {
        handle.createQuery("select pg_advisory_xact_lock(" + LOCK_SPACE + ", hashtext(current_schema()))::text")
                .mapTo(String.class)
                .list();
    }

    private static void giveWay(Handle handle, Asked asked) {
        handle.createUpdate("delete from act_request where act = :act and gid = :gid and (seen <> :seen or not " + OPEN
                        + ")")
                .bind("act", asked.act())
                .bind("gid", asked.gid())
                .bind("seen", asked.seen())
                .execute();
    }

    private static Optional<Open> standing(Handle handle, Asked asked) {
        return handle.createQuery("select " + COLUMNS + " from act_request where act = :act and gid = :gid")
                .bind("act", asked.act())
                .bind("gid", asked.gid())
                .map((row, _) -> read(row))
                .findOne();
    }

    private static int count(Handle handle) {
        return handle.createQuery("select count(*) from act_request where " + OPEN)
                .mapTo(Integer.class)
                .one();
    }

    private static Open insert(Handle handle, Asked asked, Duration lifetime) {
        return handle.createQuery("""
            insert into act_request (act, gid, seen, arguments, actor, reason, until_at)
            values (:act, :gid, :seen, :arguments, :actor, :reason, now() + :lifetime * interval '1 millisecond')
            returning %s\
            """.formatted(COLUMNS))
                .bind("act", asked.act())
                .bind("gid", asked.gid())
                .bind("seen", asked.seen())
                .bind("arguments", asked.arguments().toByteArray())
                .bind("actor", asked.actor())
                .bind("reason", asked.reason())
                .bind("lifetime", lifetime.toMillis())
                .map((row, _) -> read(row))
                .one();
    }

    private static AuditRecord entry(
            String actor, String verb, Open open, String reason, String before, String after, String peer) {
        String what = "request " + open.id() + (reason.isEmpty() ? "" : ": " + reason);
        return new AuditRecord(
                actor, verb + " " + open.asked().act(), open.asked().gid(), what, before, after, peer, "");
    }

    /** The request with that id, if it is open. */
    public CompletableFuture<Optional<Open>> find(long id) {
        return questions.ask(() -> database.jdbi()
                .withHandle(handle ->
                        one(handle.createQuery("select " + COLUMNS + " from act_request where id = :id and " + OPEN)
                                .bind("id", id))));
    }

    private static Optional<Open> one(Query query) {
        return query.map((row, _) -> read(row)).findOne();
    }

    /**
     * Lists those that are open, newest first.
     *
     * @param gid of one transaction, or empty for all
     * @param beforeId the last id seen, or {@link Long#MAX_VALUE} to begin
     */
    public CompletableFuture<List<Open>> list(String gid, long beforeId, int limit) {
        return questions.ask(() -> database.jdbi()
                .withHandle(handle -> handle.createQuery("select " + COLUMNS + " from act_request where " + OPEN
                                + " and id < :before and (:gid = '' or gid = :gid) order by id desc limit :limit")
                        .bind("before", beforeId)
                        .bind("gid", gid)
                        .bind("limit", limit)
                        .map((row, _) -> read(row))
                        .list()));
    }

    /** Closes a request without its act; the one that was closed, if one was open under that id. */
    public CompletableFuture<Optional<Open>> withdraw(long id, String actor, String reason, String peer) {
        return questions.ask(() -> database.jdbi().inTransaction(handle -> {
            Optional<Open> closed = close(handle, id);
            closed.ifPresent(open -> AuditLog.insert(
                    handle, entry(actor, "withdraw", open, withAsker(open, reason), "", "WITHDRAWN", peer)));
            return closed;
        }));
    }

    private static String withAsker(Open open, String reason) {
        return "of " + open.asked().actor() + (reason.isEmpty() ? "" : ": " + reason);
    }

    /** Closes a request whose act was found done already, so that no write has closed it. */
    public CompletableFuture<Void> done(Confirmation by, String state) {
        return questions
                .ask(() -> database.jdbi().inTransaction(handle -> {
                    Optional<Open> closed = close(handle, by.request());
                    closed.ifPresent(open -> AuditLog.insert(handle, by.entry(act(open, state))));
                    return closed.isPresent();
                }))
                .thenAccept(_ -> {});
    }

    private static AuditRecord act(Open open, String state) {
        Asked asked = open.asked();
        return new AuditRecord(asked.actor(), asked.act(), asked.gid(), asked.reason(), state, state);
    }

    /** Closes a request within another's transaction; whether it was open. */
    static boolean isClosed(Handle handle, long id) {
        return close(handle, id).isPresent();
    }

    private static Optional<Open> close(Handle handle, long id) {
        return one(handle.createQuery("delete from act_request where id = :id and " + OPEN + " returning " + COLUMNS)
                .bind("id", id));
    }

    /** Removes what has expired, with an entry in the audit for each; returns how many. */
    static int expire(Handle handle) {
        return handle.createUpdate("""
            with gone as (
              delete from act_request where until_at <= now() returning id, act, gid, actor)
            insert into audit_entry (actor, act, gid, reason, before, after)
            select :nobody, 'expire ' || act, gid, 'request ' || id || ': of ' || actor, '', 'EXPIRED' from gone\
            """).bind("nobody", NOBODY).execute();
    }

    private static Open read(ResultSet row) throws SQLException {
        return new Open(
                row.getLong("id"),
                new Asked(
                        row.getString("act"),
                        row.getString("gid"),
                        row.getString("seen"),
                        ByteString.copyFrom(row.getBytes("arguments")),
                        row.getString("actor"),
                        row.getString("reason")),
                OpenRows.instant(row, "asked_at"),
                OpenRows.instant(row, "until_at"));
    }

    @Override
    public void close() {
        questions.close();
    }
}

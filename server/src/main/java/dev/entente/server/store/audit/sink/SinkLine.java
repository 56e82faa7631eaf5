package dev.entente.server.store.audit.sink;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.transaction.VisibleText;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HexFormat;

/**
 * An audit entry as a sink gets it.
 *
 * @param at its time, of the database; of this machine for an act that is about to be done
 * @param json one line without its end
 */
public record SinkLine(Instant at, String act, boolean isRefusal, String json) {
    /** Six digits behind the second, always: RFC 5424 knows no more, and PostgreSQL has no more. */
    private static final DateTimeFormatter MICROS =
            new DateTimeFormatterBuilder().appendInstant(6).toFormatter();

    /** An act that is about to be done, or a read of payloads that is about to be answered. */
    public static SinkLine asked(Instant at, AuditRecord act) {
        JsonObject line = new JsonObject();
        line.addProperty("asked", time(at));
        return of(at, act, line);
    }

    /** An entry that stands in a chain. */
    public static SinkLine chained(
            long incarnation, long seq, ByteString hash, long id, Instant at, AuditRecord entry) {
        JsonObject line = link(incarnation, seq, hash, id);
        line.addProperty("at", time(at));
        return of(at, entry, line);
    }

    /** A link whose entry is gone. */
    public static SinkLine missing(long incarnation, long seq, ByteString hash, long id, Instant now) {
        JsonObject line = link(incarnation, seq, hash, id);
        line.addProperty("missing", true);
        return new SinkLine(now, "missing", true, VisibleText.of(line.toString()));
    }

    /** The link in the form that {@code audit verify --anchor} takes. */
    private static JsonObject link(long incarnation, long seq, ByteString hash, long id) {
        JsonObject line = new JsonObject();
        line.addProperty("link", incarnation + ":" + seq + ":" + HexFormat.of().formatHex(hash.toByteArray()));
        line.addProperty("id", id);
        return line;
    }

    /** Outside of texts JSON has nothing that is not seen, and in them the same form for it. */
    private static SinkLine of(Instant at, AuditRecord entry, JsonObject line) {
        line.addProperty("actor", entry.actor());
        line.addProperty("act", entry.act());
        line.addProperty("gid", entry.gid());
        line.addProperty("reason", entry.reason());
        line.addProperty("before", entry.before());
        line.addProperty("after", entry.after());
        line.addProperty("peer", entry.peer());
        line.addProperty("request_id", entry.requestId());
        return new SinkLine(at, entry.act(), entry.after().startsWith("REFUSED"), VisibleText.of(line.toString()));
    }

    /** Such as {@code 2026-11-23T10:00:00.123456Z}. */
    static String time(Instant at) {
        return MICROS.format(at);
    }
}

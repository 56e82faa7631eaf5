package dev.entente.server.store.audit;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;

/**
 * An audit entry in the chain of an incarnation.
 *
 * @param seq counts from 1
 * @param prev the hash of the link before, or {@link #GENESIS}
 * @param hash of this one
 */
record ChainLink(long incarnation, long seq, ByteString prev, ByteString hash) {
    /** The hash before the first link. */
    static final ByteString GENESIS = ByteString.copyFrom(new byte[32]);

    private static final String FORM = "entente-audit-1";

    /** The link before the first one of that incarnation. */
    static ChainLink before(long incarnation) {
        return new ChainLink(incarnation, 0, GENESIS, GENESIS);
    }

    /** Chains an entry behind this link. */
    ChainLink next(long id, Instant at, AuditRecord entry) {
        return new ChainLink(incarnation, seq + 1, hash, hash(incarnation, seq + 1, hash, id, at, entry));
    }

    /** {@code seq 12 hash 0a1b…}: as rows about a chain say it. */
    String text() {
        return "seq " + seq + " hash " + hex();
    }

    String hex() {
        return HexFormat.of().formatHex(hash.toByteArray());
    }

    /** {@code incarnation 7}: as rows about a chain say it. */
    static String chain(long incarnation) {
        return "incarnation " + incarnation;
    }

    /** SHA-256 over every field, each behind its length in bytes: none can be shifted into its neighbour. */
    static ByteString hash(long incarnation, long seq, ByteString prev, long id, Instant at, AuditRecord entry) {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        add(form, FORM);
        add(form, Long.toString(incarnation));
        add(form, Long.toString(seq));
        add(form, prev.toByteArray());
        add(form, Long.toString(id));
        add(form, time(at));
        add(form, entry.actor());
        add(form, entry.act());
        add(form, entry.gid());
        add(form, entry.reason());
        add(form, entry.before());
        add(form, entry.after());
        add(form, entry.peer());
        add(form, entry.requestId());
        try {
            return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(form.toByteArray()));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }

    /** In microseconds; as text where it is beyond all times, which whoever owns the table may write. */
    private static String time(Instant at) {
        try {
            return Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, at));
        } catch (ArithmeticException beyond) {
            return at.toString();
        }
    }

    private static void add(ByteArrayOutputStream form, String text) {
        add(form, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void add(ByteArrayOutputStream form, byte[] bytes) {
        form.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        form.writeBytes(bytes);
    }
}

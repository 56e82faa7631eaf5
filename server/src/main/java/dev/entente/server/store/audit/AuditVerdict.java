package dev.entente.server.store.audit;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The result of following the audit's chains.
 *
 * @param links that were followed
 * @param unchained entries that have no link yet
 * @param findings at most {@link #MOST_FINDINGS}
 * @param more findings beyond these
 * @param heads the last link of each chain, by incarnation
 */
public record AuditVerdict(long links, long unchained, List<Finding> findings, long more, List<Head> heads) {
    /** Findings that are told. */
    static final int MOST_FINDINGS = 100;

    /** The ways in which a chain does not hold. */
    public enum Kind {
        /** A row is not what it was when it was chained. */
        CHANGED,
        /** A row is not there. */
        DELETED,
        /** The last rows of a closed chain are not there. */
        TRUNCATED,
        /** The link that was kept outside does not fit. */
        ANCHOR
    }

    /** A place where a chain does not hold. */
    public record Finding(Kind kind, long incarnation, long seq, String detail) {}

    /**
     * A link that is kept outside of the database.
     *
     * @param hash in hex
     */
    public record Anchor(long incarnation, long seq, String hash) {
        private static final Pattern FORM =
                Pattern.compile("([0-9]{1,18}|[0-8][0-9]{18}):([0-9]{1,18}):([0-9a-f]{64})");

        /** @throws IllegalArgumentException for a text that is none */
        public static Anchor of(String text) {
            Matcher parts = FORM.matcher(text);
            if (!parts.matches()) {
                throw new IllegalArgumentException("'" + text + "' is no anchor; write INCARNATION:SEQ:HASH as"
                        + " `entente audit verify` prints it");
            }
            return new Anchor(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)), parts.group(3));
        }

        /** As it is read back by {@link #of}. */
        public String text() {
            return incarnation + ":" + seq + ":" + hash;
        }
    }

    /**
     * The last link of a chain.
     *
     * @param isClosed whether an entry of another chain says that it ends there
     */
    public record Head(Anchor anchor, boolean isClosed) {}

    /** Tells whether nothing was found. */
    public boolean holds() {
        return findings.isEmpty();
    }
}

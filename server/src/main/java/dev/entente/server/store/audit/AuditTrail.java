package dev.entente.server.store.audit;

import dev.entente.server.store.AuditRecord;
import java.util.concurrent.CompletableFuture;

/** Takes audit rows that belong to no transaction's commit. Thread-safe; never blocks, never throws. */
public interface AuditTrail {
    /** The actor of rows that the coordinator itself writes. */
    String SELF = "coordinator";

    /** A trail that keeps nothing. */
    AuditTrail NONE = new AuditTrail() {
        @Override
        public void add(AuditRecord row) {}

        @Override
        public void refused(Refused caller, AuditRecord row) {}
    };

    /** Those who are refused; of each kind so many rows a second are written, and the rest is counted. */
    enum Refused {
        /** Nobody knows who calls. */
        STRANGER(QueuedTrail.MAX_STRANGERS, 0),
        /** The caller has a token. */
        CALLER(QueuedTrail.MAX_CALLERS, QueuedTrail.MAX_CALLER);

        private final int mostPerSecond;
        private final int mostOfOne;

        Refused(int mostPerSecond, int mostOfOne) {
            this.mostPerSecond = mostPerSecond;
            this.mostOfOne = mostOfOne;
        }

        int mostOfOne() {
            return mostOfOne;
        }

        int mostPerSecond() {
            return mostPerSecond;
        }
    }

    /** Adds a change of what the coordinator goes by: {@code tokens}, {@code files}. */
    default void changed(String act, String what) {
        add(new AuditRecord(SELF, act, "", what, "", "CHANGED"));
    }

    /** Adds a change that could not be taken. */
    default void notChanged(String act, String what) {
        add(new AuditRecord(SELF, act, "", what, "", "REFUSED"));
    }

    /**
     * Tells a mandatory sink of an act that is about to be done. Completes once the sink has it; fails where it does
     * not take it, and then the act must not be done.
     */
    default CompletableFuture<Void> before(AuditRecord act) {
        return CompletableFuture.completedFuture(null);
    }

    /** Adds a row, or counts it where too many wait. */
    void add(AuditRecord row);

    /** Adds the row of a refusal, or counts it where that second has its rows. */
    void refused(Refused caller, AuditRecord row);
}

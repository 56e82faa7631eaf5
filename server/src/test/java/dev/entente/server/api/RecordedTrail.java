package dev.entente.server.api;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.audit.AuditTrail;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps every row in memory. */
final class RecordedTrail implements AuditTrail {
    final List<AuditRecord> rows = new CopyOnWriteArrayList<>();
    final List<Refused> refused = new CopyOnWriteArrayList<>();
    final List<AuditRecord> before = new CopyOnWriteArrayList<>();
    /** Decides when acts may be done. */
    volatile CompletableFuture<Void> sink = CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<Void> before(AuditRecord act) {
        before.add(act);
        return sink;
    }

    @Override
    public void add(AuditRecord row) {
        rows.add(row);
    }

    @Override
    public void refused(Refused caller, AuditRecord row) {
        refused.add(caller);
        rows.add(row);
    }
}

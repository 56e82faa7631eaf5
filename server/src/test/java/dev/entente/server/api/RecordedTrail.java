package dev.entente.server.api;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.admin.AuditTrail;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps every row in memory. */
final class RecordedTrail implements AuditTrail {
    final List<AuditRecord> rows = new CopyOnWriteArrayList<>();

    @Override
    public void add(AuditRecord row) {
        rows.add(row);
    }
}

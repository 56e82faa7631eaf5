package dev.entente.server.store.admin;

import dev.entente.server.store.AuditRecord;

/** The receiver of audit rows that belong to no transaction's commit. Thread-safe; never blocks, never throws. */
public interface AuditTrail {
    /** The actor of rows that the coordinator itself writes. */
    String SELF = "coordinator";

    /** Adds a row, or counts it if too many rows wait. */
    void add(AuditRecord row);
}

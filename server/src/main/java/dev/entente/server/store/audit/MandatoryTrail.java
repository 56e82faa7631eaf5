package dev.entente.server.store.audit;

import dev.entente.server.store.AuditRecord;
import java.util.concurrent.CompletableFuture;

/**
 * A trail whose acts, and reads of payloads, go to a sink before they are done. Thread-safe.
 *
 * @param trail takes everything else
 */
public record MandatoryTrail(AuditTrail trail, AuditShipping sink) implements AuditTrail {
    @Override
    public void add(AuditRecord row) {
        trail.add(row);
    }

    @Override
    public void refused(Refused caller, AuditRecord row) {
        trail.refused(caller, row);
    }

    @Override
    public CompletableFuture<Void> before(AuditRecord act) {
        return sink.before(act);
    }
}

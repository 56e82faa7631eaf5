package dev.entente.server.api.access;

import dev.entente.server.store.audit.AuditTrail;

/**
 * Tells the audit that a file was read again, or could not be.
 *
 * @param setting its key in the configuration
 */
public record FileChange(String setting, AuditTrail trail) implements WatchedFiles.Listener {
    private static final String ACT = "files";

    @Override
    public void taken() {
        trail.changed(ACT, setting + " was read again");
    }

    @Override
    public void refused(String why) {
        trail.notChanged(ACT, setting + " cannot be used, and what was read before goes on: " + why);
    }
}

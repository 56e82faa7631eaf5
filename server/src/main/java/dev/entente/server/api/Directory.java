package dev.entente.server.api;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.reflection.Methods;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The participants that this coordinator knows. Thread-safe. */
public interface Directory {
    /** Returns the known methods of the participants. */
    Methods methods();

    /** Returns the guard that decides which participants a plan may name. */
    TargetGuard guard();

    /** Returns the state of each participant, without a call to the participants. */
    List<ParticipantStatus> statuses();

    /** Probes a participant, which may take seconds; fails with ENT-014 or ENT-015 if a probe is not allowed. */
    CompletableFuture<ProbeResult> probe(String name);

    /**
     * Adds a participant that announces its address, or updates the address.
     *
     * @param application the id that all instances of the participant send, and no other application
     * @param peer the address that sent the announcement
     * @throws Refusal ENT-063 or ENT-066 if the announcement is refused
     */
    void announce(String name, String target, String application, String peer);
}

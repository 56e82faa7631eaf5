package dev.entente.server.api;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.reflection.Methods;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The participants as this coordinator knows them. Thread-safe. */
public interface Directory {
    /** Returns what is known of their methods. */
    Methods methods();

    /** Returns the guard that knows which participants a plan may name. */
    TargetGuard guard();

    /** Returns how they stand; does not ask them. */
    List<ParticipantStatus> statuses();

    /** Asks one, which may take seconds; fails with ENT-014 or ENT-015 where it may not be asked. */
    CompletableFuture<ProbeResult> probe(String name);

    /**
     * Makes a participant known that says where it listens, or moves it there.
     *
     * @param application what all instances of the participant send, and no other application
     * @param peer the address that the announcement came from
     * @throws Refusal ENT-063 or ENT-066 where it is not taken
     */
    void announce(String name, String target, String application, String peer);
}

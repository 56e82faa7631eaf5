package dev.entente.server.app;

import dev.entente.server.api.Directory;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.reflection.Methods;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The participants as the API asks for them. */
record ParticipantDirectory(CalledParticipants participants, Methods methods) implements Directory {
    @Override
    public TargetGuard guard() {
        return participants.guard();
    }

    @Override
    public List<ParticipantStatus> statuses() {
        return participants.statuses();
    }

    @Override
    public CompletableFuture<ProbeResult> probe(String name) {
        return participants.probe(name);
    }
}

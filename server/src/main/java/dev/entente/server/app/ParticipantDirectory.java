package dev.entente.server.app;

import dev.entente.server.api.Directory;
import dev.entente.server.participant.CalledParticipants;
import dev.entente.server.participant.Descriptors;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.TargetGuard;
import dev.entente.server.participant.reflection.MethodTypes;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Target;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The participants as the API asks for them. */
record ParticipantDirectory(CalledParticipants participants, Descriptors descriptors) implements Directory {
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

    @Override
    public MethodTypes require(Target.Grpc target) {
        return descriptors.require(target);
    }

    @Override
    public boolean knowsAny() {
        return descriptors.knowsAny();
    }

    @Override
    public boolean isDoubtful(Target.Grpc target) {
        return descriptors.isDoubtful(target);
    }

    @Override
    public @Nullable Refusal mistaken(Target.Grpc target) {
        return descriptors.mistaken(target);
    }
}

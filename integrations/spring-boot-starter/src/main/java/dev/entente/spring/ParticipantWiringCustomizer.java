package dev.entente.spring;

import dev.entente.participant.wiring.ParticipantWiring;

/** A bean that changes the wiring of this application's gRPC server: interceptors, limits of streams. */
@FunctionalInterface
public interface ParticipantWiringCustomizer {
    /** Changes the wiring, which has the services, the barrier and the signature already. */
    void customize(ParticipantWiring wiring);
}

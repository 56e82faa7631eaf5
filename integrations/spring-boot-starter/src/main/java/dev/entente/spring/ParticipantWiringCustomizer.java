package dev.entente.spring;

import dev.entente.participant.wiring.ParticipantWiring;

/** A bean that changes how this application's gRPC server is wired: interceptors, limits of streams. */
@FunctionalInterface
public interface ParticipantWiringCustomizer {
    /** Changes the wiring, which has been given the services, the barrier and the signature. */
    void customize(ParticipantWiring wiring);
}

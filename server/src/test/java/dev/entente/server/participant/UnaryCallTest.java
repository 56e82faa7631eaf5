package dev.entente.server.participant;

/** Calls by themselves. */
class UnaryCallTest extends CallContract {
    @Override
    GrpcParticipants calling(ParticipantConfig config) {
        return CallFixture.participants(config);
    }

    @Override
    boolean cameThatWay(LoopbackParticipant.Arrived arrived) {
        return !arrived.isStreamed();
    }
}

package dev.entente.server.participant.grpc;

import dev.entente.server.participant.ParticipantConfig;

/** Calls over a stream. */
class StreamedCallTest extends CallContract {
    @Override
    GrpcParticipants calling(ParticipantConfig config) {
        GrpcParticipants participants = CallFixture.participants(config.with(it -> it.streams = true));
        CallFixture.awaitStream(participants);
        return participants;
    }

    @Override
    boolean usesTestedTransport(LoopbackParticipant.Arrived arrived) {
        return arrived.isStreamed();
    }
}

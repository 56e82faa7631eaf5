package dev.entente.spring;

import dev.entente.v1.AnnounceParticipantRequest;
import dev.entente.v1.AnnounceParticipantResponse;
import dev.entente.v1.OperatorServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A coordinator's service for announcements of participants. It accepts only the first announcements. */
final class AnnouncementReceiver extends OperatorServiceGrpc.OperatorServiceImplBase implements AutoCloseable {
    private final int maxAccepted;
    private final List<String> reported = new CopyOnWriteArrayList<>();
    private final Server server;

    private AnnouncementReceiver(int maxAccepted) {
        this.maxAccepted = maxAccepted;
        this.server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(this)
                .build();
    }

    static AnnouncementReceiver start(int maxAccepted) throws IOException {
        AnnouncementReceiver receiver = new AnnouncementReceiver(maxAccepted);
        receiver.server.start();
        return receiver;
    }

    String target() {
        return "127.0.0.1:" + server.getPort();
    }

    List<String> reported() {
        return reported;
    }

    @Override
    public void announceParticipant(
            AnnounceParticipantRequest request, StreamObserver<AnnounceParticipantResponse> observer) {
        reported.add(request.getName() + " " + request.getTarget());
        if (reported.size() <= maxAccepted) {
            observer.onNext(AnnounceParticipantResponse.getDefaultInstance());
            observer.onCompleted();
        } else {
            observer.onError(Status.PERMISSION_DENIED.withDescription("ENT-063").asRuntimeException());
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}

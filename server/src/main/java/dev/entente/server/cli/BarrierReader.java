package dev.entente.server.cli;

import dev.entente.v1.ListBarrierRowsRequest;
import dev.entente.v1.ListBarrierRowsResponse;
import dev.entente.v1.ParticipantServiceGrpc.ParticipantServiceBlockingStub;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Reads the barrier rows of one participant, page by page. Blocks. */
record BarrierReader(String participant, String target, ParticipantServiceBlockingStub stub) {
    private static final int PATIENCE_SECONDS = 30;

    /** Thrown where a participant is down, or does not serve its barrier. */
    static final class Unread extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unread(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** @throws Unread with a sentence that names the participant */
    ListBarrierRowsResponse page(List<String> gids, String token) {
        try {
            return stub.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .listBarrierRows(ListBarrierRowsRequest.newBuilder()
                            .addAllGids(gids)
                            .setPageToken(token)
                            .build());
        } catch (StatusRuntimeException failed) {
            throw new Unread(
                    "the barrier of '" + participant + "' at " + target + " cannot be read: "
                            + failed.getStatus().getCode() + " "
                            + failed.getStatus().getDescription()
                            + "; it must run, and serve ParticipantService/ListBarrierRows (ParticipantWiring with"
                            + " .barrier(…))",
                    failed);
        }
    }
}

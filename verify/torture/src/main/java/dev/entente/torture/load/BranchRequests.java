package dev.entente.torture.load;

import dev.entente.client.Call;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/**
 * The calls of one branch.
 *
 * @param forward the request of the forward call, with any configured faults
 */
record BranchRequests(Participant ledger, MoveRequest forward) {

    Call<MoveResponse> move() {
        return ledger.call(LedgerServiceGrpc.getMoveMethod(), forward);
    }

    /** Returns a completion or undo, with no fault except the same delay and lost answers. */
    Call<MoveResponse> back() {
        return ledger.call(
                LedgerServiceGrpc.getMoveMethod(),
                MoveRequest.newBuilder()
                        .setDelayMs(forward.getDelayMs())
                        .setLoseAnswers(forward.getLoseAnswers())
                        .build());
    }

    Call<MoveResponse> back(Response earlier) {
        return back().set(MoveRequest.RECEIPT_FIELD_NUMBER, earlier.field(MoveResponse.RECEIPT_FIELD_NUMBER));
    }
}

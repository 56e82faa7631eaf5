package dev.entente.faults.load;

import dev.entente.client.Call;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/**
 * The calls of one branch.
 *
 * @param forward what the forward call asks for, with whatever trouble
 */
record Moves(Participant ledger, MoveRequest forward) {

    Call<MoveResponse> move() {
        return ledger.call(LedgerServiceGrpc.getMoveMethod(), forward);
    }

    /** The forward call with an earlier branch's receipt. */
    Call<MoveResponse> move(Response earlier) {
        return carrying(move(), earlier);
    }

    /** A completion or undo, with no trouble but the same delay and lost answers. */
    Call<MoveResponse> back() {
        return ledger.call(LedgerServiceGrpc.getMoveMethod(), calm(forward));
    }

    Call<MoveResponse> back(Response earlier) {
        return carrying(back(), earlier);
    }

    /** Moves the other way. */
    Call<MoveResponse> draw() {
        return ledger.call(LedgerServiceGrpc.getDrawMethod(), forward);
    }

    Call<MoveResponse> quote() {
        return ledger.call(LedgerServiceGrpc.getQuoteMethod(), forward);
    }

    Call<MoveResponse> prepare() {
        return ledger.call(LedgerServiceGrpc.getSettleMethod(), forward);
    }

    Call<MoveResponse> settle() {
        return ledger.call(LedgerServiceGrpc.getSettleMethod(), calm(forward));
    }

    static MoveRequest calm(MoveRequest forward) {
        return MoveRequest.newBuilder()
                .setDelayMs(forward.getDelayMs())
                .setLoseAnswers(forward.getLoseAnswers())
                .build();
    }

    private static Call<MoveResponse> carrying(Call<MoveResponse> call, Response earlier) {
        return call.set(MoveRequest.RECEIPT_FIELD_NUMBER, earlier.field(MoveResponse.RECEIPT_FIELD_NUMBER));
    }
}

package dev.entente.faults.load;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.client.Call;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import torture.v1.MoveRequest;

/**
 * The calls of one branch, over HTTP.
 *
 * @param forward what the forward call asks for, with whatever trouble
 */
record WebMoves(Participant ledger, MoveRequest forward) {
    private static final String RECEIPT = "/receipt";

    Call<String> move() {
        return call(forward);
    }

    /** The forward call with an earlier branch's receipt. */
    Call<String> move(Response earlier) {
        return move().set(RECEIPT, earlier.field(RECEIPT));
    }

    /** A completion or undo, with no trouble but the same delay and lost answers. */
    Call<String> back() {
        return call(Moves.calm(forward));
    }

    Call<String> back(Response earlier) {
        return back().set(RECEIPT, earlier.field(RECEIPT));
    }

    private Call<String> call(MoveRequest request) {
        try {
            return ledger.post("/move").jsonBody(JsonFormat.printer().print(request));
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("no JSON for " + request, impossible);
        }
    }
}
